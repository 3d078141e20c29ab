/* Videos and posts of other sites: a figure with the address, and the still that readers see before they press play, which is a
   picture of the library or drawn. The dialog makes one and changes the one that is selected. Loaded after pieces.js. */
if (window.CKEDITOR) {
  const { htmlEncode: text, htmlEncodeAttr: attribute } = CKEDITOR.tools;

  const stillOf = (picture) => picture ? `<img data-image="${picture.image}" src="${attribute(picture.url)}" alt="${attribute(picture.alt)}" width="${picture.width}" height="${picture.height}">` : "";
  const creditOf = (picture) => (picture?.credit ? `<small>${text(picture.credit)}</small>` : "");
  const embedOf = (url, picture) => `<figure class="embed" data-embed="${attribute(url)}">${stillOf(picture)}<a href="${attribute(url)}">${text(url)}</a><figcaption>${creditOf(picture)}</figcaption></figure>`;

  /* A browser's own idea of where the site may embed from; the server decides again when the text is saved. */
  const embeddable = (editor, typed) => {
    try {
      const url = new URL(typed.trim().replace(/^http:/, "https:"));
      const known = editor.config.pieces.hosts.includes(url.host) && url.protocol === "https:" && !url.username;
      return known && (url.pathname.length > 1 || url.search) ? url.href : "";
    } catch { return ""; }
  };

  /* What a figure in the text says of its still. */
  const stillIn = (figure) => {
    const image = figure?.querySelector("img[data-image]");
    if (!image) return null;
    const [width, height] = ["width", "height"].map((name) => image.getAttribute(name));
    return { image: image.dataset.image, url: image.getAttribute("src"), alt: image.alt, width, height, name: image.alt };
  };

  /* In its place, so that a caption that somebody wrote stays. */
  const change = (editor, figure, url, picture) => {
    editor.fire("saveSnapshot");
    const link = figure.querySelector("a");
    if (figure.dataset.embed !== url) {
      if (link.textContent === figure.dataset.embed) link.textContent = url;
      figure.dataset.embed = url;
      link.setAttribute("href", url);
      link.removeAttribute("data-cke-saved-href");
    }
    const [still, caption] = [figure.querySelector("img[data-image]"), figure.querySelector("figcaption")];
    if (still?.dataset.image !== picture?.image?.toString()) {
      still?.remove();
      figure.insertAdjacentHTML("afterbegin", stillOf(picture));
      caption?.querySelector("small")?.remove(); // the credit of the picture that was there
      if (picture?.credit) caption?.insertAdjacentHTML("beforeend", ` ${creditOf(picture)}`);
    }
    editor.fire("saveSnapshot");
  };

  CKEDITOR.dialog.add("addEmbed", (editor) => {
    const says = editor.config.pieces;
    const holder = (dialog) => dialog.getContentElement("embed", "shown").getElement().$;
    const show = (dialog, picture) => {
      dialog.picture = picture;
      const image = Object.assign(document.createElement("img"), { src: picture?.thumb ?? picture?.url ?? "", alt: "", className: "embed-still__look" });
      const words = picture ? [picture.name, ...(picture.missing ?? [])].filter(Boolean).join(" · ") : says.drawn;
      holder(dialog).replaceChildren(...(picture ? [image, words] : [words]));
      dialog.getContentElement("embed", "without").getElement()[picture ? "show" : "hide"]();
    };
    const choose = async (dialog) => {
      const picture = await window.pickPicture(says.library);
      if (picture) show(dialog, picture);
      dialog.getContentElement("embed", "still").focus();
    };
    return {
      title: says.embed,
      minWidth: 300,
      minHeight: 80,
      contents: [
        {
          id: "embed",
          elements: [
            { id: "url", type: "text", label: says.address, inputStyle: "direction:ltr", validate: CKEDITOR.dialog.validate.functions((value) => Boolean(embeddable(editor, value)), says.unknown) },
            { id: "shown", type: "html", html: '<div class="embed-still" role="status"></div>' },
            { type: "hbox", widths: ["50%", "50%"], children: [
              { id: "still", type: "button", label: says.still, onClick() { choose(this.getDialog()); } },
              { id: "without", type: "button", label: says.without, onClick() { show(this.getDialog(), null); this.getDialog().getContentElement("embed", "still").focus(); } },
            ] },
            { type: "html", html: `<p class="embed-facade">${text(says.facade)}</p>` },
          ],
        },
      ],
      onShow() {
        const selected = editor.widgets.focused;
        this.figure = selected?.name === "embed" ? selected.element.$ : null;
        if (this.figure) this.setValueOf("embed", "url", this.figure.dataset.embed);
        show(this, stillIn(this.figure));
      },
      onOk() {
        const url = embeddable(editor, this.getValueOf("embed", "url"));
        if (this.figure) change(editor, this.figure, url, this.picture);
        else window.insertPiece(editor, embedOf(url, this.picture));
      },
    };
  });

  const prepare = (editor) => {
    const says = editor.config.pieces;
    if (!says) return;
    editor.widgets.add("embed", {
      editables: { caption: { selector: "figcaption", allowedContent: "small br em strong; a[!href]" } },
      upcast: (element) => element.name === "figure" && Boolean(element.attributes["data-embed"]),
      init() {
        const open = (event) => { editor.execCommand("addEmbed"); event.cancel(); };
        this.on("doubleclick", open);
        this.on("key", (event) => { if (event.data.keyCode === 13) open(event); }, null, null, 1);
      },
    });
    editor.addCommand("addEmbed", new CKEDITOR.dialogCommand("addEmbed"));
    editor.ui.addButton("AddEmbed", { label: says.embed, command: "addEmbed" });
    // An address that is pasted into an empty paragraph becomes what it shows. What says that a paragraph is empty may be a sign
    editor.on("paste", (event) => {
      const block = editor.elementPath()?.block;
      const pasted = CKEDITOR.tools.htmlDecode(event.data.dataValue.replace(/<[^>]+>/g, "")).trim();
      if (/\s/.test(pasted) || block?.getText().replace(/\u200b/g, "").trim()) return;
      const url = embeddable(editor, pasted);
      if (!url) return;
      event.cancel(); // a paste would be filtered: this is ours
      window.insertPiece(editor, embedOf(url));
    }, null, null, 2);
  };
  CKEDITOR.on("instanceCreated", ({ editor }) => editor.on("pluginsLoaded", () => prepare(editor)));
}
