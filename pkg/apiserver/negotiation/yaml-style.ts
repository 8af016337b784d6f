/** As upstream writes YAML; the older version quotes what old parsers would take for a time or a truth. */
export const yamlStyle = { version: "1.1", sortMapEntries: true, indentSeq: false, lineWidth: 0 } as const;
