/** Steps somebody takes one after the other, with those that are done. */
import { Text } from "@mantine/core";
import { IconCheck } from "@tabler/icons-react";
import type { ReactNode } from "react";
import styles from "./TodoList.module.css";

export interface Todo {
  key: string;
  isDone: boolean;
  /** Perhaps a link to where the step is taken. */
  title: ReactNode;
  text: string;
  more?: ReactNode;
}

interface TodoListProps {
  items: Todo[];
  /** The words for the two states of a step. */
  done: string;
  open: string;
}

export function TodoList({ items, done, open }: TodoListProps) {
  return (
    <ol className={styles.list}>
      {items.map((item, index) => (
        <li key={item.key} className={styles.todo} data-done={item.isDone || undefined}>
          <span className={styles.mark} role="img" aria-label={item.isDone ? done : open}>
            {item.isDone ? <IconCheck size={14} stroke={2.4} aria-hidden /> : index + 1}
          </span>
          <div>
            {item.title}
            <Text size="xs" c="dimmed">
              {item.text}
            </Text>
            {item.more}
          </div>
        </li>
      ))}
    </ol>
  );
}
