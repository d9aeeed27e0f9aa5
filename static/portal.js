// Only what HTML cannot do: rows that open, the drawer, keys, the clipboard, and saying that something failed.
"use strict"

const find = (selector, within = document) => within.querySelector(selector)

// --- a failure is said, never silent ---------------------------------------------------------
const quiet = event => event.detail?.ctx?.sourceElement?.closest?.("[data-quiet]")  // what asks by itself, like the bell
const show = id => { const box = document.getElementById(id); if (box) box.hidden = false }

addEventListener("error", event => { if (event.message) show("script-error") })
const failed = text => {
  const line = find("#no-answer p")
  if (!line) return
  line.dataset.else ??= line.textContent
  line.textContent = text || line.dataset.else
  show("no-answer")
  line.scrollIntoView({ block: "nearest" })  // the click may have been far below
}
document.addEventListener("htmx:response:error", event => {
  const { response, text } = event.detail?.ctx ?? {}
  if (!(response?.status >= 500) || quiet(event)) return
  failed(find(".banner p", new DOMParser().parseFromString(text ?? "", "text/html"))?.textContent.trim())
})
document.addEventListener("htmx:error", event => { if (!quiet(event)) failed() })
document.addEventListener("htmx:before:request", event => {
  if (quiet(event)) return
  const box = document.getElementById("no-answer")
  if (box) box.hidden = true
})

// --- clicks ------------------------------------------------------------------------------------
document.addEventListener("click", event => {
  if (event.target.matches("dialog.drawer, dialog.popup") || event.target.closest("[data-closes]")) {
    const dialog = event.target.closest("dialog")
    if (dialog?.open) { event.preventDefault(); dialog.close(); return }
  }
  if (event.target.closest("[data-print]")) print()

  const step = event.target.closest("[data-step]")
  if (step) {
    const input = find("input[type=number]", step.parentElement)
    const value = (parseInt(input.value, 10) || 0) + Number(step.dataset.step)
    input.value = Math.min(Math.max(value, Number(input.min || 0)), Number(input.max || Infinity))
    input.dispatchEvent(new Event("input", { bubbles: true }))
  }

  const copy = event.target.closest("[data-copies]")
  if (copy) {
    const text = document.getElementById(copy.dataset.copies)
    navigator.clipboard.writeText(text.value ?? text.textContent).then(() => say(copy.dataset.copied))
  }

  const row = event.target.closest("tr[data-href]")
  const selecting = String(getSelection()).length > 0
  if (row && !selecting && !event.target.closest("a, button, input, label, summary")) find("a[href]", row)?.click()

  for (const menu of document.querySelectorAll("details.menu[open]")) {
    if (!menu.contains(event.target)) menu.open = false
  }
})

// A form is sent once: a second click while the first is on its way does nothing.
document.addEventListener("submit", event => {
  const form = event.target
  if (form.method !== "post") return
  if (form.dataset.sent) { event.preventDefault(); event.stopImmediatePropagation(); return }
  form.dataset.sent = "yes"
  setTimeout(() => delete form.dataset.sent, 4000)
}, true)
document.addEventListener("htmx:finally:request", event => {
  const form = event.detail?.ctx?.sourceElement
  if (form?.dataset) delete form.dataset.sent
})

// What a list is sorted by anyway is no part of its address.
document.addEventListener("htmx:config:request", event => {
  const { body, method } = event.detail?.ctx?.request ?? {}
  if (method === "GET" && body?.get?.("sort") === "") body.delete("sort")
})

// --- the drawer, and what pops up --------------------------------------------------------------------------------
let opener = null
document.addEventListener("htmx:after:swap", event => {
  if (quiet(event)) return
  const ctx = event.detail?.ctx
  const into = ctx?.target
  if (into?.matches?.("dialog") && into.childElementCount) {
    if (!into.open) {
      opener = ctx.sourceElement
      into.showModal()
      find("input[autofocus]", into)?.select()  // what is typed replaces what is proposed
    }
    if (!into.contains(document.activeElement) || document.activeElement === into) find("h2", into)?.focus()
  }
  // Where a page begins anew, reading begins at its errors, else at its heading.
  find("[data-errors]")?.focus()
})
document.addEventListener("close", event => {
  if (!event.target.matches("dialog.drawer, dialog.popup")) return
  find("[data-back]", event.target)?.click()  // what the page behind shows has changed
  event.target.replaceChildren()
  for (const key of document.querySelectorAll("[data-once]")) {  // what is added from now on is something else (001-22)
    key.value = crypto.getRandomValues(new Uint32Array(4)).join("-")
    delete key.form.dataset.sent
  }
  if (opener?.isConnected) opener.focus()
  opener = null
}, true)

// --- the way back to a long list ---------------------------------------------------------------
// It is drawn anew with its first rows: those that were there are asked for again, then its place is found.
const places = new Map()
const here = () => location.pathname + location.search
let place = null
const gone = one => new Promise(done => {
  const since = Date.now()
  const look = setInterval(() => { if (!one.isConnected || Date.now() - since > 5000) { clearInterval(look); done() } }, 20)
})
document.addEventListener("htmx:before:request", event => {
  const ctx = event.detail?.ctx
  if (ctx?.target !== document.body || ctx.request.headers["HX-History-Restore-Request"]) return
  places.set(here(), { y: scrollY, rows: document.querySelectorAll("#rows tr").length })
})
document.addEventListener("htmx:before:history:restore", event => { place = places.get(event.detail?.path) })
document.addEventListener("htmx:after:swap", async event => {
  if (!place || event.detail?.ctx?.target !== document.body) return
  const { y, rows } = place
  place = null
  for (let most = 100; most && document.querySelectorAll("#rows tr").length < rows; most--) {
    const more = find("#rows .more-row")
    if (!more) break
    more.scrollIntoView()  // it loads as it is seen
    await gone(more)
  }
  scrollTo(0, y)
})

// --- another language: what was typed stays ----------------------------------------------------
const controls = () => [...document.querySelectorAll("main form[method=post] :is(input, select, textarea)[name]")]
  .filter(one => !["hidden", "password", "file"].includes(one.type))
document.addEventListener("submit", event => {
  const form = event.target
  if (!form.matches("form[action$='/language']")) return
  find("[name=next]", form).value = here()
  const left = one => one.name === "language" && [...one.options ?? []].every(each => each.selected === each.defaultSelected)
  const typed = controls().map(one => [one.name, one.type, left(one) ? null : one.value, one.checked])
  sessionStorage.setItem("typed", JSON.stringify({ where: here(), typed }))
}, true)
try {
  const kept = JSON.parse(sessionStorage.getItem("typed"))
  sessionStorage.removeItem("typed")
  const there = kept?.where === here() ? controls() : []
  if (there.length === kept?.typed.length) kept.typed.forEach(([name, type, value, checked], at) => {
    const one = there[at]
    if (one.name !== name || one.type !== type || value === null) return  // a language nobody chose is the page's own
    if ("checked" in one && ["checkbox", "radio"].includes(type)) one.checked = checked
    else one.value = value
  })
} catch { /* a browser that keeps nothing */ }

// --- keys --------------------------------------------------------------------------------------
let jumping = 0
document.addEventListener("keydown", event => {
  if (event.ctrlKey || event.metaKey || event.altKey) return
  if (event.target.closest("input, textarea, select, [contenteditable]")) return
  if (event.key === "/") {
    event.preventDefault()
    find("#q, #everywhere")?.focus()
  } else if (event.key === "g") {
    jumping = Date.now()
  } else if (Date.now() - jumping < 1200) {
    jumping = 0
    find(`.nav a[data-key="${CSS.escape(event.key)}"]`)?.click()
  }
})
document.addEventListener("keydown", event => {
  if (event.key !== "Escape") return
  for (const menu of document.querySelectorAll("details.menu[open]")) {
    menu.open = false
    find("summary", menu).focus()
  }
})

// --- a short notice, read out ------------------------------------------------------------------
function say(text) {
  const notice = document.getElementById("notice")
  const box = document.createElement("p")
  box.className = "banner banner--ok flash"
  box.textContent = text
  const place = find("dialog[open] [data-says]") ?? notice
  place.replaceChildren(box)
}
for (const copies of document.querySelectorAll("[data-copies]")) copies.hidden = !navigator.clipboard
document.addEventListener("htmx:after:swap", () => {
  for (const copies of document.querySelectorAll("[data-copies]")) copies.hidden = !navigator.clipboard
})
find("[data-errors]")?.focus()
