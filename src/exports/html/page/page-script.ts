/** What the report's page can do with a script; everything it shows is there without. */
import { openFlame } from './flame-view.ts';
import { followMoments } from './moment-cursor.ts';
import { openWhenPrinted } from './printing.ts';
import { sortTables } from './table-sorting.ts';

openFlame();
followMoments();
sortTables();
openWhenPrinted();
