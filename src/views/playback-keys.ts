/** What keys do to a recording that is played: in it, time is the recording's, and the picture follows. */
import type { PlaybackSource } from '../presentation/playback.ts';
import { TRAVEL_SHARE } from './commands.ts';
import type { Command } from './keymap.ts';
import { windowMs, type UiState } from './ui-state.ts';

/** False for a command that has nothing to do with the tape. */
export function movePlayback(playback: PlaybackSource, command: Command, ui: UiState): boolean {
  switch (command) {
    case 'play':
      playback.playOrPause();
      return true;
    case 'rewind':
      playback.moveBy(-windowMs(ui) * TRAVEL_SHARE);
      return true;
    case 'forward':
      playback.moveBy(windowMs(ui) * TRAVEL_SHARE);
      return true;
    case 'to-start':
      playback.toStart();
      return true;
    case 'to-end':
      playback.toEnd();
      return true;
    case 'previous-moment':
      playback.toMoment(-1);
      return true;
    case 'next-moment':
      playback.toMoment(1);
      return true;
    case 'slower':
      playback.changeSpeed(-1);
      return true;
    case 'faster':
      playback.changeSpeed(1);
      return true;
    default:
      return false;
  }
}
