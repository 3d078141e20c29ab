// Everything here is an extra: each page works without it. One line per behaviour; a module runs by itself, for the elements
// that it finds, and neither exports nor imports: collectstatic makes one hashed file of this list.
import "./newsroom/theme.js";
import "./newsroom/alert.js";
import "./newsroom/menu.js";
import "./newsroom/applies-at-once.js";
import "./articles/share.js";
import "./articles/player.js";
import "./comments/near.js";
