/** The head of a column; one that the server can sort by is a button. */
import { Table, UnstyledButton } from "@mantine/core";
import { IconChevronDown, IconChevronUp, IconSelector } from "@tabler/icons-react";
import { uiMessages } from "../messages";
import styles from "./DataTable.module.css";
import type { Column, Sorting } from "./tableTypes";

export function HeaderCell<Row>({ column, sorting }: { column: Column<Row>; sorting?: Sorting }) {
  const className = column.isNumber ? styles.number : undefined;
  if (!sorting || !column.sortKey) {
    return (
      <Table.Th scope="col" className={className}>
        {column.header}
      </Table.Th>
    );
  }
  const { sortKey } = column;
  const isDescending = sorting.sort === `-${sortKey}`;
  const isAscending = sorting.sort === sortKey;
  const Arrow = isDescending ? IconChevronDown : isAscending ? IconChevronUp : IconSelector;
  return (
    <Table.Th
      scope="col"
      className={className}
      aria-sort={isDescending ? "descending" : isAscending ? "ascending" : "none"}
    >
      <UnstyledButton
        className={styles.sort}
        aria-label={uiMessages.sortBy(column.header)}
        onClick={() => sorting.onSort(isDescending ? sortKey : `-${sortKey}`)}
      >
        {column.header}
        <Arrow size={13} aria-hidden />
      </UnstyledButton>
    </Table.Th>
  );
}
