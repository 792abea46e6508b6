/** What happened, one below the other: who did what, when, and what they said to it. */
import type { ReactNode } from "react";
import styles from "./EventList.module.css";

export function EventList({ children }: { children: ReactNode }) {
  return <ol className={styles.events}>{children}</ol>;
}

interface EventItemProps {
  /** Who did what. */
  title: ReactNode;
  /** When, and what else belongs to the moment. */
  meta: ReactNode;
  comment?: string | null;
  children?: ReactNode;
}

export function EventItem({ title, meta, comment, children }: EventItemProps) {
  return (
    <li className={styles.event}>
      <div>{title}</div>
      <div className={styles.meta}>{meta}</div>
      {children}
      {comment && <blockquote className={styles.comment}>{comment}</blockquote>}
    </li>
  );
}
