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
    if (text === zone.dataset.busy) line.dataset.busyLine = ""
    zone.querySelector("[data-refused]").append(line)
  }

  const waits = zone => {  // nothing is on its way any more: nobody is to wait
    if (!zone.querySelector("[data-going]")) for (const line of zone.querySelectorAll("[data-busy-line]")) line.remove()
  }

  const keep = zone => {
    const key = PREFIX + zone.dataset.keptAs, named = [...zone.querySelectorAll("input[name=uploads]")].map(file => file.value)
    if (named.length) localStorage.setItem(key, named.join(" "))
    else localStorage.removeItem(key)
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
        waits(zone)
        ready(zone)
        keep(zone)
      } else {
        line.remove()
        waits(zone)
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
    keep(zone)
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
  const ticked = field => field.type === "checkbox"

  document.addEventListener("input", event => {
    const field = event.target.closest("[data-draft]")
    if (!field) return
    if (ticked(field)) localStorage.setItem(PREFIX + field.dataset.draft, field.checked ? "yes" : "no")
    else if (field.value) localStorage.setItem(PREFIX + field.dataset.draft, field.value)
    else localStorage.removeItem(PREFIX + field.dataset.draft)
  })

  document.addEventListener("htmx:after:request", event => {
    const { sourceElement, response } = event.detail?.ctx ?? {}
    if (!sourceElement?.matches?.("form") || !(response?.status < 400)) return
    written(sourceElement, (_, key) => localStorage.removeItem(key))
    for (const zone of sourceElement.querySelectorAll("[data-kept-as]")) localStorage.removeItem(PREFIX + zone.dataset.keptAs)
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
    written(within, (field, key) => put(field, localStorage.getItem(key)))
    for (const zone of within.querySelectorAll("[data-kept-as]")) fetchAgain(zone, localStorage.getItem(PREFIX + zone.dataset.keptAs))
  }
  const put = (field, kept) => {
    if (kept === null || field.dataset.put) return
    field.dataset.put = "yes"  // once: another window may be writing the same
    if (ticked(field)) field.checked = kept === "yes"
    else if (field.type === "radio") field.checked ||= field.value === kept
    else if (field.matches("select")) field.value = [...field.options].some(option => option.value === kept) ? kept : field.value
    else if (!field.value) field.value = kept
  }
  // Files sent ahead of a form that was left are still there for a day: the page names them again.
  const fetchAgain = async (zone, named) => {
    if (!named || zone.dataset.asked || zone.querySelector("[data-file]")) return
    zone.dataset.asked = "yes"
    const wanted = new URLSearchParams(named.split(" ").map(number => ["uploads", number]))
    const answer = await fetch(`${zone.dataset.uploads}?${wanted}`, { headers: { "HX-Request": "true" } }).catch(() => null)
    if (!answer?.ok) return
    zone.querySelector("[data-files]").append(...parse(await answer.text()).children)
    keep(zone)
    for (const button of zone.querySelectorAll("[data-unstage]")) button.hidden = false
    const folded = zone.closest("details")
    if (folded && zone.querySelector("[data-file]")) folded.open = true
  }
  ready(document)
  document.addEventListener("htmx:after:swap", () => ready(document))
}
