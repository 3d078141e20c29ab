/* "Ask readers": a question at the selected words, kept in the text as <span class="question" data-question="...">. Loaded by
   the editor's own widget, after the editor; its sentences come with the editor's configuration. */
if (window.CKEDITOR) {
  const isQuestion = (node) => node.type === CKEDITOR.NODE_ELEMENT && node.is("span") && node.hasClass("question");

  /* The selected words, where they stand in one block: a question is about one passage. */
  const wordsIn = (editor) => {
    const range = editor.getSelection()?.getRanges()[0];
    if (!range || range.collapsed || !editor.getSelection().getSelectedText().trim()) return null;
    const block = (element) => new CKEDITOR.dom.elementPath(element, editor.editable()).block;
    const [first, last] = [block(range.startContainer), block(range.endContainer)];
    return first && last && first.equals(last) ? range : null;
  };

  /* Where the dialog was opened: the selection is the dialog's own by the time that it is filled in. */
  let asked = null;
  let words = null;

  const ask = (editor, question) => {
    if (asked) {
      asked.setAttribute("data-question", question);
      return;
    }
    const attributes = { class: "question", "data-question": question };
    new CKEDITOR.style({ element: "span", attributes }).applyToRange(words, editor);
  };

  CKEDITOR.dialog.add("askReaders", (editor) => {
    const says = editor.config.askReaders;
    return {
      title: says.label,
      minWidth: 320,
      minHeight: 90,
      contents: [
        {
          id: "ask",
          elements: [
            {
              id: "question",
              type: "text",
              label: says.question,
              maxLength: says.most,
              validate: CKEDITOR.dialog.validate.notEmpty(says.empty),
              setup() {
                this.setValue(asked ? asked.getAttribute("data-question") : "");
              },
            },
            { type: "html", html: `<p>${CKEDITOR.tools.htmlEncode(says.hint)}</p>` },
            {
              id: "remove",
              type: "button",
              label: says.remove,
              setup() {
                this.getElement()[asked ? "show" : "hide"]();
              },
              onClick() {
                editor.fire("saveSnapshot");
                asked.remove(true);
                editor.fire("saveSnapshot");
                this.getDialog().hide();
              },
            },
          ],
        },
      ],
      onShow() {
        this.setupContent();
      },
      onOk() {
        editor.fire("saveSnapshot");
        ask(editor, this.getValueOf("ask", "question").trim());
        editor.fire("saveSnapshot");
      },
    };
  });

  const prepare = (editor) => {
    const says = editor.config.askReaders;
    if (!says) return;
    const dialog = new CKEDITOR.dialogCommand("askReaders");
    editor.addCommand("askReaders", {
      exec(asking) {
        asked = asking.elementPath()?.contains(isQuestion);
        words = wordsIn(asking);
        if (asked || words) return dialog.exec(asking);
        asking.showNotification(says.select, "info", 6000);
        return true;
      },
    });
    editor.ui.addButton("AskReaders", { label: says.label, command: "askReaders" });
    editor.on("doubleclick", (event) => {
      asked = event.data.element.getAscendant(isQuestion, true);
      if (asked) event.data.dialog = "askReaders";
    });
  };
  CKEDITOR.on("instanceCreated", (created) => created.editor.on("pluginsLoaded", () => prepare(created.editor)));
}
