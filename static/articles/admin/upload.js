/* One file to the library, with progress: uploadPicture(file, place, { progress, credit }) -> the server's answer.
   `place` is an element whose data says the address, the most bytes and the sentences. A refusal is an answer too: { error }. */
window.uploadPicture = (file, place, { progress, credit = "" } = {}) => new Promise((resolve) => {
  const says = place.dataset;
  const refuse = (sentence) => resolve({ error: { message: sentence } });
  if (file.size > Number(says.most)) return refuse(says.large);
  const request = new XMLHttpRequest();
  const body = new FormData();
  body.append("upload", file);
  body.append("credit", credit);
  request.open("POST", says.url);
  request.setRequestHeader("X-CSRFToken", document.querySelector("[name=csrfmiddlewaretoken]")?.value ?? "");
  request.responseType = "json";
  request.upload.addEventListener("progress", (event) => {
    if (event.lengthComputable) progress?.(event.loaded / event.total);
  });
  request.addEventListener("error", () => refuse(says.offline));
  request.addEventListener("load", () => {
    const answer = request.response;
    if (answer?.uploaded || answer?.error) resolve(answer);
    else refuse(request.status === 413 ? says.large : says.offline);
  });
  return request.send(body);
});
