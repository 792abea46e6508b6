/**
 * Rows of one page of a list, as a real table.
 *
 * Rows are opened by the link in their first cell; j and k move between those links. While the next page or another
 * filter loads, the rows stay and a thin bar shows that something is under way.
 */
import { Checkbox, Progress, ScrollArea, Table } from "@mantine/core";
import { useRef } from "react";
import { uiMessages } from "../messages";
import { useDensity } from "../theme/preferences";
import styles from "./DataTable.module.css";
import { HeaderCell } from "./DataTableHeader";
import { Pagination, type Paging } from "./Pagination";
import { TableSkeleton } from "./TableSkeleton";
import { useRowKeys } from "./useRowKeys";
import type { Column, Selection, Sorting } from "./tableTypes";
import { useVirtualRows } from "./useVirtualRows";

export const ROW_HEIGHT = { compact: 34, comfortable: 44 } as const;

interface DataTableProps<Row> {
  /** What the table holds, for a screen reader. */
  label: string;
  columns: Column<Row>[];
  /** Undefined until the first page has come. */
  rows: Row[] | undefined;
  rowKey: (row: Row) => string;
  rowName?: (row: Row) => string;
  isFetching?: boolean;
  sorting?: Sorting;
  selection?: Selection;
  paging?: Paging;
  /** Only the rows in sight are in the page: for tables of more than a few hundred rows. */
  virtualHeight?: number;
}

export function DataTable<Row>(props: DataTableProps<Row>) {
  const { label, columns, rows, isFetching = false, sorting, selection, paging, virtualHeight } = props;
  const [density] = useDensity();
  const frame = useRef<HTMLDivElement>(null);
  const height = ROW_HEIGHT[density];
  const { items, before, after } = useVirtualRows(rows ?? [], frame, height, virtualHeight !== undefined);
  useRowKeys(frame);
  const keys = (rows ?? []).map(props.rowKey);
  const width = columns.length + (selection ? 1 : 0);

  return (
    <div>
      <div className={styles.bar}>
        {isFetching && rows && <Progress value={100} size={2} animated aria-label={uiMessages.loading} />}
      </div>
      <ScrollArea.Autosize
        mah={virtualHeight}
        viewportRef={frame}
        type="auto"
        offsetScrollbars="x"
        viewportProps={{ tabIndex: 0 }}
      >
        <Table
          className={styles.table}
          data-density={density}
          aria-label={label}
          aria-rowcount={virtualHeight === undefined ? undefined : keys.length + 1}
          aria-busy={isFetching}
          stickyHeader={virtualHeight !== undefined}
        >
          <Table.Thead>
            <Table.Tr aria-rowindex={virtualHeight === undefined ? undefined : 1}>
              {selection && (
                <Table.Th className={styles.select}>
                  <Checkbox
                    aria-label={uiMessages.selectAll}
                    checked={keys.length > 0 && keys.every((key) => selection.selected.has(key))}
                    indeterminate={
                      keys.some((key) => selection.selected.has(key)) &&
                      !keys.every((key) => selection.selected.has(key))
                    }
                    onChange={(event) => selection.onChange(new Set(event.currentTarget.checked ? keys : []))}
                  />
                </Table.Th>
              )}
              {columns.map((column) => (
                <HeaderCell key={column.key} column={column} sorting={sorting} />
              ))}
            </Table.Tr>
          </Table.Thead>
          <Table.Tbody>
            {rows === undefined && <TableSkeleton columns={width} />}
            {before > 0 && <Spacer height={before} width={width} />}
            {items.map(({ row, index }) => (
              <Table.Tr
                key={props.rowKey(row)}
                aria-rowindex={virtualHeight === undefined ? undefined : index + 2}
              >
                {selection && (
                  <Table.Td className={styles.select}>
                    <SelectRow
                      name={props.rowName?.(row) ?? props.rowKey(row)}
                      id={props.rowKey(row)}
                      selection={selection}
                    />
                  </Table.Td>
                )}
                {columns.map((column) => (
                  <Table.Td key={column.key} className={column.isNumber ? styles.number : undefined}>
                    {column.cell(row)}
                  </Table.Td>
                ))}
              </Table.Tr>
            ))}
            {after > 0 && <Spacer height={after} width={width} />}
          </Table.Tbody>
        </Table>
      </ScrollArea.Autosize>
      {paging && <Pagination {...paging} count={rows?.length} />}
    </div>
  );
}

function SelectRow({ name, id, selection }: { name: string; id: string; selection: Selection }) {
  function toggle(isSelected: boolean) {
    const next = new Set(selection.selected);
    if (isSelected) next.add(id);
    else next.delete(id);
    selection.onChange(next);
  }
  return (
    <Checkbox
      data-row-select
      aria-label={uiMessages.selectRow(name)}
      checked={selection.selected.has(id)}
      onChange={(event) => toggle(event.currentTarget.checked)}
    />
  );
}

/** Holds the place of the rows that are out of sight. */
function Spacer({ height, width }: { height: number; width: number }) {
  return (
    <tr aria-hidden>
      <td colSpan={width} style={{ height, padding: 0 }} />
    </tr>
  );
}
