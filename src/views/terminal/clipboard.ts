/** Copying through the terminal, which works over ssh as well (OSC 52). */

/** The sequence that puts a text on the clipboard of the user's terminal; tmux needs `set-clipboard on`. */
export function copyToClipboard(text: string): string {
  return `\x1b]52;c;${Buffer.from(text, 'utf8').toString('base64')}\x07`;
}
