/* What a story holds besides text: pictures of the library, other stories, pull quotes; videos and posts are in embeds.js. Each is
   one object in the text, moved and deleted as one; what is stored is plain HTML. Loaded after the editor. */
if (window.CKEDITOR) {
  const { htmlEncode: text, htmlEncodeAttr: attribute } = CKEDITOR.tools;

  const figureOf = (picture) => {
    const credit = picture.credit ? ` <small>${text(picture.credit)}</small>` : "";
    const size = `width="${picture.width}" height="${picture.height}"`;
    const image = `<img data-image="${picture.image}" src="${attribute(picture.url)}" alt="${attribute(picture.alt)}" ${size}>`;
    return `<figure class="image">${image}<figcaption>${text(picture.caption)}${credit}</figcaption></figure>`;
  };
  const relatedOf = (story, label) =>
    `<aside class="related" data-story="${story.story}"><p>${text(label)} <a href="${attribute(story.url)}">${text(story.name)}</a></p></aside>`;
  const pullOf = (words) => `<figure class="pull"><blockquote><p>${text(words)}</p></blockquote><figcaption></figcaption></figure>`;

  /* A piece stands alone: writing goes on in the paragraph after it, which is made where there is none. */
  const insert = (editor, html) => {
    editor.insertHtml(html);
    const newest = Object.values(editor.widgets.instances).sort((one, other) => other.id - one.id)[0];
    if (!newest || newest.inline) return;
    let next = newest.wrapper.getNext();
    if (!next) {
      next = editor.document.createElement("p");
      next.appendBogus();
      next.insertAfter(newest.wrapper);
    }
    const range = editor.createRange();
    range.moveToElementEditStart(next);
    range.select();
  };
  window.insertPiece = insert;

  /* Opening a dialog of ours takes the focus away: the place in the text is kept and found again. */
  const insertChosen = async (editor, ask, htmlOf) => {
    const place = editor.getSelection()?.createBookmarks2(true);
    const chosen = await ask();
    editor.focus();
    if (place) editor.getSelection().selectBookmarks(place);
    if (chosen) insert(editor, htmlOf(chosen));
  };

  const inline = "br em strong; a[!href]";
  /* Whatever stands selected, Tab leads out of the text: the editor would keep the key to itself. */
  const LEAVES = [9, CKEDITOR.SHIFT + 9];
  const letGo = ({ data: widget }) => widget.on("key", (event) => { if (LEAVES.includes(event.data.keyCode)) event.stop(); }, null, null, 0);

  const widgets = (editor) => {
    editor.widgets.on("instanceCreated", letGo);
    editor.widgets.add("related", { upcast: (element) => element.name === "aside" && element.hasClass("related") });
    editor.widgets.add("pull", {
      editables: {
        quote: { selector: "blockquote", allowedContent: `p; ${inline}` },
        source: { selector: "figcaption", allowedContent: inline },
      },
      upcast: (element) => element.name === "figure" && element.hasClass("pull"),
    });
  };

  const prepare = (editor) => {
    const says = editor.config.pieces;
    if (!says) return;
    widgets(editor);
    const add = (name, label, exec) => {
      editor.addCommand(name, { exec, async: true });
      editor.ui.addButton(name[0].toUpperCase() + name.slice(1), { label, command: name });
    };
    add("addPicture", says.picture, () => insertChosen(editor, () => window.pickPicture(says.library), figureOf));
    add("addRelated", says.related, () => insertChosen(editor, () => window.pickStory(says.stories), (story) => relatedOf(story, says.readAlso)));
    add("pullQuote", says.pull, () => insert(editor, pullOf(editor.getSelection()?.getSelectedText() || says.quote)));
  };
  CKEDITOR.on("instanceCreated", ({ editor }) => {
    editor.on("pluginsLoaded", () => prepare(editor));
    // The credit stands small in a caption.
    editor.on("widgetDefinition", ({ data }) => {
      if (data.name === "image") data.editables.caption.allowedContent = `small; ${inline}`;
    });
  });
}
