/** Room for a screen's panels: the terminal without header, banner and footer. */
export interface ScreenSize {
  readonly columns: number;
  readonly rows: number;
  /** Larger blocks and fewer of them. */
  readonly presenter: boolean;
}
