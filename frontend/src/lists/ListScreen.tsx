/** A screen that is a list: its heading, what stands between heading and rows, and the rows in their five states. */
import { EmptyState, PageHeader } from "@openreg/ui";
import type { ReactNode } from "react";
import { ListPage, type ListPageProps } from "./ListPage";
import type { useListSearch } from "./useListSearch";

interface ListScreenProps<Row> extends Omit<
  ListPageProps<Row>,
  "label" | "rowKey" | "isFiltered" | "onClear" | "firstUse" | "paging"
> {
  text: { title: string; description: string; firstUseTitle: string; firstUse: string };
  list: Pick<ReturnType<typeof useListSearch>, "isFiltered" | "clear" | "paging">;
  /** Where the id of a row does not tell it from all others. */
  rowKey?: (row: Row) => string;
  /** The way to a first row: in the heading, and in place of the rows while there are none. */
  create?: ReactNode;
  /** What else can be done, in the heading only. */
  actions?: ReactNode;
  /** Filters, states, counts. */
  children?: ReactNode;
}

export function ListScreen<Row extends { id: string }>(props: ListScreenProps<Row>) {
  const { text, list, create, actions, children, ...rows } = props;
  return (
    <>
      <PageHeader
        title={text.title}
        description={text.description}
        actions={
          (actions || create) && (
            <>
              {actions}
              {create}
            </>
          )
        }
      />
      {children}
      <ListPage
        rowKey={(row) => row.id}
        {...rows}
        label={text.title}
        isFiltered={list.isFiltered}
        onClear={list.clear}
        firstUse={
          <EmptyState title={text.firstUseTitle} action={create}>
            {text.firstUse}
          </EmptyState>
        }
        paging={list.paging}
      />
    </>
  );
}
