/* Uploads of the text editor carry the form's CSRF token. Loaded by the editor's own widget. */
document.addEventListener("DOMContentLoaded", () => {
  if (!window.CKEDITOR) return;
  CKEDITOR.on("instanceCreated", (created) => {
    // The default priority: after the request is opened, before it is sent.
    created.editor.on("fileUploadRequest", (event) => {
      const token = document.querySelector("[name=csrfmiddlewaretoken]");
      if (token) event.data.fileLoader.xhr.setRequestHeader("X-CSRFToken", token.value);
    });
    created.editor.on("instanceReady", () => {
      created.editor.container.$.closest(".form-row")?.classList.add("with-editor");
    });
  });
});
