// What makes a discussion nicer; fetched when a reader comes near it. Each page works without it. The same rule as in site.js:
// a module runs by itself, for the elements that it finds, and neither exports nor imports.
import "./comments/say.js";
import "./comments/form.js";
import "./comments/reply.js";
import "./comments/quote.js";
import "./comments/draft.js";
import "./comments/preview.js";
import "./comments/send.js";
import "./comments/in-place.js";
import "./comments/report.js";
import "./comments/vote.js";
import "./comments/answer.js";
import "./comments/select-words.js";
import "./comments/walk-sentences.js";
import "./comments/merge.js";
import "./comments/more.js";
import "./comments/ago.js";
import "./comments/seen.js";
import "./comments/news.js";
import "./comments/took.js";
