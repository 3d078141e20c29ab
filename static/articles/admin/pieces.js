/* What a story holds besides text: pictures of the library, videos and posts of other sites, other stories, pull quotes. Each is
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
  const embedOf = (url) => `<figure class="embed" data-embed="${attribute(url)}"><a href="${attribute(url)}">${text(url)}</a><figcaption></figcaption></figure>`;
  const pullOf = (words) => `<figure class="pull"><blockquote><p>${text(words)}</p></blockquote><figcaption></figcaption></figure>`;

  /* A browser's own idea of where the site may embed from; the server decides again when the text is saved. */
  const embeddable = (editor, typed) => {
    try {
      const url = new URL(typed.trim().replace(/^http:/, "https:"));
      const known = editor.config.pieces.hosts.includes(url.host) && url.protocol === "https:" && !url.username;
      return known && (url.pathname.length > 1 || url.search) ? url.href : "";
    } catch {
      return "";
    }
  };

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

  /* Opening a dialog of ours takes the focus away: the place in the text is kept and found again. */
  const insertChosen = async (editor, ask, htmlOf) => {
    const place = editor.getSelection()?.createBookmarks2(true);
    const chosen = await ask();
    editor.focus();
    if (place) editor.getSelection().selectBookmarks(place);
    if (chosen) insert(editor, htmlOf(chosen));
  };

  const inline = "br em strong; a[!href]";
  const widgets = (editor) => {
    editor.widgets.add("embed", {
      editables: { caption: { selector: "figcaption", allowedContent: inline } },
      upcast: (element) => element.name === "figure" && Boolean(element.attributes["data-embed"]),
    });
    editor.widgets.add("related", { upcast: (element) => element.name === "aside" && element.hasClass("related") });
    editor.widgets.add("pull", {
      editables: {
        quote: { selector: "blockquote", allowedContent: `p; ${inline}` },
        source: { selector: "figcaption", allowedContent: inline },
      },
      upcast: (element) => element.name === "figure" && element.hasClass("pull"),
    });
  };

  CKEDITOR.dialog.add("addEmbed", (editor) => {
    const says = editor.config.pieces;
    return {
      title: says.embed,
      minWidth: 340,
      minHeight: 80,
      contents: [
        {
          id: "embed",
          elements: [
            { id: "url", type: "text", label: says.address, inputStyle: "direction:ltr", validate: CKEDITOR.dialog.validate.functions((value) => Boolean(embeddable(editor, value)), says.unknown) },
            { type: "html", html: `<p>${text(says.facade)}</p>` },
          ],
        },
      ],
      onOk() {
        insert(editor, embedOf(embeddable(editor, this.getValueOf("embed", "url"))));
      },
    };
  });

  const prepare = (editor) => {
    const says = editor.config.pieces;
    if (!says) return;
    widgets(editor);
    const add = (name, label, exec) => {
      editor.addCommand(name, typeof exec === "function" ? { exec, async: true } : exec);
      editor.ui.addButton(name[0].toUpperCase() + name.slice(1), { label, command: name });
    };
    add("addPicture", says.picture, () => insertChosen(editor, () => window.pickPicture(says.library), figureOf));
    add("addRelated", says.related, () => insertChosen(editor, () => window.pickStory(says.stories), (story) => relatedOf(story, says.readAlso)));
    add("addEmbed", says.embed, new CKEDITOR.dialogCommand("addEmbed"));
    add("pullQuote", says.pull, () => insert(editor, pullOf(editor.getSelection()?.getSelectedText() || says.quote)));
    // An address that is pasted into an empty paragraph becomes what it shows. What says that a paragraph is empty may be a sign
    editor.on("paste", (event) => {
      const block = editor.elementPath()?.block;
      const pasted = CKEDITOR.tools.htmlDecode(event.data.dataValue.replace(/<[^>]+>/g, "")).trim();
      if (/\s/.test(pasted) || block?.getText().replace(/\u200b/g, "").trim()) return;
      const url = embeddable(editor, pasted);
      if (!url) return;
      event.cancel(); // a paste would be filtered: this is ours
      insert(editor, embedOf(url));
    }, null, null, 2);
  };
  CKEDITOR.on("instanceCreated", ({ editor }) => {
    editor.on("pluginsLoaded", () => prepare(editor));
    // The credit stands small in a caption.
    editor.on("widgetDefinition", ({ data }) => {
      if (data.name === "image") data.editables.caption.allowedContent = `small; ${inline}`;
    });
  });
}
