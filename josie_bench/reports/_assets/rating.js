// Make a filled sheet.csv of what was chosen; a name that holds a quote or comma is quoted as CSV has it.
const save = document.getElementById("save");
save.addEventListener("click", () => {
  const quoted = (text) => `"${text.replaceAll('"', '""')}"`;
  const lines = [...document.querySelectorAll("fieldset")].map((field) => {
    const chosen = field.querySelector("input:checked");
    return [save.dataset.sheet, field.dataset.item, field.dataset.sample, chosen ? chosen.value : ""].map(quoted).join(",");
  });
  const link = document.createElement("a");
  link.href = URL.createObjectURL(new Blob([["sheet,item,sample,score", ...lines, ""].join("\n")], { type: "text/csv" }));
  link.download = `${document.getElementById("rater").value || "rater"}.csv`;
  link.click();
});
