/* Uploads of the text editor carry the form's CSRF token. Loaded by the editor's own widget, after the editor. */
if (window.CKEDITOR) {
  const prepare = (editor) => {
    // The default priority: after the request is opened, before it is sent.
    editor.on("fileUploadRequest", (event) => {
      const token = document.querySelector("[name=csrfmiddlewaretoken]");
      if (token) event.data.fileLoader.xhr.setRequestHeader("X-CSRFToken", token.value);
    });
    // The type of the page; switching to the source and back makes a new editing area.
    editor.on("contentDom", () => editor.editable().addClass("prose"));
    editor.on("instanceReady", () => editor.container.$.closest(".form-row")?.classList.add("with-editor"));
  };
  CKEDITOR.on("instanceCreated", (created) => prepare(created.editor));
}
