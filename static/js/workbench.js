/** Starts what only those need who compare editions or sit at the desk. */
import { startCompare } from "./compare.js";
import { startDesk } from "./desk.js";
import { startPlacing } from "./placing.js";

startCompare();
startDesk();
startPlacing();
