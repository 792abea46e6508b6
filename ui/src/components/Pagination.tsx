/** First, previous and next page of a list that is read by cursor. */
import { Button, Text } from "@mantine/core";
import { uiMessages } from "../messages";
import styles from "./DataTable.module.css";

export interface Paging {
  nextCursor: string | null | undefined;
  /** Undefined on the first page. */
  cursor: string | undefined;
  /** Undefined where the way here is not known, as after opening a copied link. */
  onPrevious?: () => void;
  onFirst: () => void;
  onNext: (cursor: string) => void;
}

export function Pagination({
  nextCursor,
  cursor,
  onPrevious,
  onFirst,
  onNext,
  count,
}: Paging & { count: number | undefined }) {
  const isFirst = cursor === undefined;
  return (
    <nav className={styles.pages} aria-label={uiMessages.pagination}>
      <Text size="xs" c="dimmed" role="status">
        {count === undefined ? uiMessages.loading : uiMessages.rows(count, Boolean(nextCursor))}
      </Text>
      {!isFirst && (
        <Button variant="default" onClick={onFirst}>
          {uiMessages.firstPage}
        </Button>
      )}
      {!isFirst && onPrevious && (
        <Button variant="default" onClick={onPrevious}>
          {uiMessages.previousPage}
        </Button>
      )}
      {nextCursor && (
        <Button variant="default" onClick={() => onNext(nextCursor)}>
          {uiMessages.nextPage}
        </Button>
      )}
    </nav>
  );
}
