/**
 * The page of a report in Typst. Its data comes as one JSON string, and every text of it is shown as text: a name with
 * Typst code in it stays a name.
 */
export const TEMPLATE = `
#let report = json(bytes(sys.inputs.data))
#set document(title: report.title, author: "Invigil")
#set text(font: "Noto Sans Bengali", lang: report.language, size: 9pt)
#set par(leading: 0.7em)
#set page(paper: "a4", margin: (x: 18mm, y: 18mm), footer: context [
  #set text(7pt, fill: luma(90))
  #report.footer #h(1fr) #counter(page).display("1 / 1", both: true)
])
#show heading.where(level: 1): set text(16pt)
#show heading.where(level: 2): set text(11pt)
#show heading.where(level: 2): set block(above: 1.6em, below: 0.8em)

= #report.title
#report.lead

#for section in report.sections [
  == #section.heading
  #for line in section.lines [
    #par(line)
  ]
  #if section.facts.len() > 0 {
    terms(
      separator: [: ],
      hanging-indent: 1em,
      ..section.facts.map(fact => terms.item(fact.at(0), fact.at(1)))
    )
  }
  #if section.table != none {
    table(
      columns: section.table.parts.map(part => part * 1fr),
      inset: 4pt,
      stroke: (x: none, y: 0.4pt + luma(180)),
      table.header(..section.table.head.map(text => strong(text))),
      ..section.table.rows.flatten()
    )
  }
]
`
