/** The pages one may see, in groups. */
import { Link } from "@tanstack/react-router";
import { useId } from "react";
import type { NavigationGroup } from "./navigation";
import styles from "./shell.module.css";

export function SideBar({ groups }: { groups: NavigationGroup[] }) {
  return groups.map((group) => <Group key={group.label} group={group} />);
}

function Group({ group }: { group: NavigationGroup }) {
  const title = useId();
  return (
    <div>
      {group.label && (
        <div id={title} className={styles.groupTitle}>
          {group.label}
        </div>
      )}
      <ul className={styles.group} aria-labelledby={group.label ? title : undefined}>
        {group.entries.map(({ label, to, icon: EntryIcon }) => (
          <li key={to}>
            <Link
              to={to}
              className={styles.entry}
              activeProps={{ "aria-current": "page" }}
              activeOptions={{ exact: to === "/" }}
            >
              <EntryIcon size={16} stroke={1.7} aria-hidden />
              {label}
            </Link>
          </li>
        ))}
      </ul>
    </div>
  );
}
