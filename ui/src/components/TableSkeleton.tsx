/** The place of rows that are on their way, in their final size, so that nothing jumps. */
import { Skeleton, Table } from "@mantine/core";

const ROWS = 8;

export function TableSkeleton({ columns }: { columns: number }) {
  return Array.from({ length: ROWS }, (_, row) => (
    <Table.Tr key={row} aria-hidden>
      {Array.from({ length: columns }, (__, column) => (
        <Table.Td key={column}>
          <Skeleton height={12} width={`${60 + ((row * 7 + column * 13) % 40)}%`} />
        </Table.Td>
      ))}
    </Table.Tr>
  ));
}
