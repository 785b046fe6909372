interface Page<Item> {
  readonly items: readonly Item[]
  readonly next?: string
}

const pageSize = 200
/** A list without end is a fault of who answers. */
const maximumPages = 500

/** Every item of a list that comes in pages. */
export const listAll = async <Item>(
  readPage: (query: { readonly limit: number; readonly after?: string }) => Promise<Page<Item>>,
): Promise<readonly Item[]> => {
  const items: Item[] = []
  let after: string | undefined
  for (let page = 0; page < maximumPages; page += 1) {
    const found = await readPage({ limit: pageSize, ...(after === undefined ? {} : { after }) })
    items.push(...found.items)
    after = found.next
    if (after === undefined) return items
  }
  return items
}
