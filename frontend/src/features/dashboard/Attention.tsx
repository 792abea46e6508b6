/** How much waits for somebody; each figure opens the list behind it. */
import { Callout, type StatusTone } from "@openreg/ui";
import { Link, type LinkProps } from "@tanstack/react-router";
import { useMay } from "@/features/account/api";
import type { Dashboard } from "./api";
import styles from "./dashboard.module.css";
import { dashboardMessages } from "./messages";

const text = dashboardMessages.attention;
const COUNTED_TO = 1000;
const LISTED_TO = 10;

interface Figure {
  name: string;
  count: number;
  limit?: number;
  note?: string;
  tone: StatusTone;
  link?: Pick<LinkProps, "to" | "search">;
}

export function figuresOf({ runs, approvals, deliveries }: Dashboard, seesExceptions: boolean): Figure[] {
  const found: Figure[] = [];
  if (runs) {
    found.push(
      {
        name: text.failed,
        count: runs.failed.length,
        limit: LISTED_TO,
        tone: "failed",
        link: { to: "/runs", search: { state: "failed" } },
      },
      {
        name: text.held,
        count: runs.held_count,
        tone: "warning",
        link: { to: "/runs", search: { is_held: true } },
      },
      {
        name: text.exceptions,
        count: runs.open_exceptions,
        tone: "warning",
        ...(seesExceptions ? { link: { to: "/exceptions", search: { state: "open" } } } : {}),
      },
    );
  }
  if (approvals) {
    found.push({
      name: text.approvals,
      count: approvals.for_me,
      tone: "running",
      link: { to: "/approvals" },
      ...(approvals.waiting > 0 ? { note: text.waiting(approvals.waiting) } : {}),
    });
  }
  if (deliveries) {
    found.push({
      name: text.deliveries,
      count: deliveries.failed,
      tone: "failed",
      ...(runs ? { link: { to: "/deliveries", search: { state: "failed" } } } : {}),
      ...(deliveries.retrying > 0 ? { note: text.retrying(deliveries.retrying) } : {}),
    });
  }
  return found;
}

export function Attention({ found }: { found: Dashboard }) {
  const figures = figuresOf(found, useMay("exceptions:read"));
  if (figures.every((one) => one.count === 0)) {
    return <Callout tone="success" title={text.allClear} fix={text.allClearText} />;
  }
  return (
    <section aria-label={text.title} className={styles.figures}>
      {figures.map((figure) => (
        <FigureCard key={figure.name} figure={figure} />
      ))}
    </section>
  );
}

function FigureCard({ figure }: { figure: Figure }) {
  const content = (
    <>
      <span className={styles.figureName}>{figure.name}</span>
      <span className={styles.figureValue}>{text.atLeast(figure.count, figure.limit ?? COUNTED_TO)}</span>
      <span className={styles.figureNote}>{figure.note}</span>
    </>
  );
  const tone = figure.count > 0 ? figure.tone : undefined;
  if (!figure.link) {
    return (
      <div className={styles.figure} data-tone={tone}>
        {content}
      </div>
    );
  }
  return (
    <Link {...figure.link} className={styles.figure} data-tone={tone}>
      {content}
    </Link>
  );
}
