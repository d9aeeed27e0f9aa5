// Files sent ahead of their form, each with its progress; and drafts that outlive a lost session.
"use strict"
{
  // --- files ---------------------------------------------------------------------------------
  // Without scripts a form takes one file. With them each file chosen or dropped goes ahead at once, one request a file,
  // and the form only names it: a wrong field never costs an upload.
  const told = (zone, which, name) => zone.dataset[which].replace("{name}", name)

  const refuse = (zone, text) => {
    const line = document.createElement("p")
    line.className = "field__error"
    line.textContent = text
    zone.querySelector("[data-refused]").append(line)
  }

  const parse = html => new DOMParser().parseFromString(html, "text/html").body

  const send = (zone, file) => {
    if (file.size > Number(zone.dataset.most)) return refuse(zone, told(zone, "tooLarge", file.name))
    const line = document.createElement("li"), label = document.createElement("span")
    const bar = document.createElement("progress"), stop = document.createElement("button")
    line.dataset.going = ""
    label.className = "file"
    label.textContent = file.name
    bar.max = 1
    bar.value = 0
    bar.setAttribute("aria-label", told(zone, "sending", file.name))
    stop.type = "button"
    stop.className = "btn btn--quiet btn--icon btn--small"
    stop.textContent = "×"
    stop.setAttribute("aria-label", told(zone, "stop", file.name))
    line.append(bar, label, stop)
    zone.querySelector("[data-files]").append(line)

    const request = new XMLHttpRequest(), form = new FormData()
    form.append("file", file)
    request.open("POST", zone.dataset.uploads)
    request.setRequestHeader("HX-Request", "true")
    request.upload.addEventListener("progress", event => { if (event.lengthComputable) bar.value = event.loaded / event.total })
    request.addEventListener("loadend", () => {
      if (request.status === 201) {
        line.replaceWith(...parse(request.responseText).children)
        ready(zone)
      } else {
        line.remove()
        const said = parse(request.responseText ?? "").querySelector(".field__error, .banner p")
        if (!request.aborted) refuse(zone, said?.textContent.trim() || told(zone, "failed", file.name))
      }
    })
    stop.addEventListener("click", () => { request.aborted = true; request.abort(); zone.querySelector("input[type=file]").focus() })
    request.send(form)
  }

  document.addEventListener("change", event => {
    const zone = event.target.closest("[data-uploads]")
    if (!zone || event.target.type !== "file") return
    zone.querySelector("[data-refused]").replaceChildren()
    const files = [...event.target.files]
    event.target.value = ""  // they are on their way: the form names them
    for (const file of files) send(zone, file)
  })

  document.addEventListener("click", event => {
    const button = event.target.closest("[data-unstage]")
    if (!button) return
    const zone = button.closest("[data-uploads]")
    fetch(button.dataset.unstage, { method: "DELETE", headers: { "HX-Request": "true" } })
    button.closest("[data-file]").remove()
    zone.querySelector("input[type=file]").focus()
  })

  // A form waits for its files.
  document.addEventListener("submit", event => {
    const zone = event.target.querySelector?.("[data-uploads]:has([data-going])")
    if (!zone) return
    event.preventDefault()
    event.stopImmediatePropagation()
    delete event.target.dataset.sent
    zone.querySelector("[data-refused]").replaceChildren()
    refuse(zone, zone.dataset.busy)
  }, true)

  // --- drafts --------------------------------------------------------------------------------
  // What is being written is kept in this browser, under the person's number, until it is sent or the person logs out.
  const PREFIX = "draft:"
  const drafts = () => Object.keys(localStorage).filter(key => key.startsWith(PREFIX))
  const written = (form, what) => { for (const field of form.querySelectorAll("[data-draft]")) what(field, PREFIX + field.dataset.draft) }

  document.addEventListener("input", event => {
    const field = event.target.closest("[data-draft]")
    if (!field) return
    if (field.value) localStorage.setItem(PREFIX + field.dataset.draft, field.value)
    else localStorage.removeItem(PREFIX + field.dataset.draft)
  })

  document.addEventListener("htmx:after:request", event => {
    const { sourceElement, response } = event.detail?.ctx ?? {}
    if (sourceElement?.matches?.("form") && response?.status < 400) written(sourceElement, (_, key) => localStorage.removeItem(key))
  })

  document.addEventListener("submit", event => {
    if (event.target.action?.endsWith("/logout")) for (const key of drafts()) localStorage.removeItem(key)
    if (!event.target.matches("[data-again]")) return
    const sent = new Set([...event.target.querySelectorAll("input[type=hidden]")].map(field => field.value))
    for (const key of drafts()) if (sent.has(localStorage.getItem(key))) localStorage.removeItem(key)  // it goes from here
  }, true)

  // --- on every page that arrives --------------------------------------------------------------
  const ready = within => {
    for (const input of within.querySelectorAll("[data-uploads] input[type=file]")) input.multiple = true
    for (const button of within.querySelectorAll("[data-unstage]")) button.hidden = false
    const person = document.querySelector("[data-person]")?.dataset.person
    for (const key of person ? drafts() : []) if (!key.startsWith(`${PREFIX}${person}-`)) localStorage.removeItem(key)  // somebody else's
    written(within, (field, key) => { if (!field.value) field.value = localStorage.getItem(key) ?? "" })
  }
  ready(document)
  document.addEventListener("htmx:after:swap", () => ready(document))
}
