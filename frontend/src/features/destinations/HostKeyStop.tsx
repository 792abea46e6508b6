/** A destination that shows another host key: both fingerprints, and the decision with its reason. */
import { Button } from "@mantine/core";
import { Callout, CopyButton, Fact, Facts, Moment } from "@openreg/ui";
import type { Destination } from "./api";
import styles from "./destinations.module.css";
import { destinationMessages } from "./messages";

const text = destinationMessages.stopped;

interface HostKeyStopProps {
  stopped: NonNullable<Destination["stopped"]>;
  /** Given to those who may decide. */
  onConfirm: ((fingerprint: string) => void) | undefined;
}

export function HostKeyStop({ stopped, onConfirm }: HostKeyStopProps) {
  const shown = stopped.shown_host_key;
  return (
    <Callout
      tone="failed"
      title={shown ? text.title : text.titleOther}
      fix={shown ? text.hint : stopped.fix}
      actions={shown && onConfirm && <Button onClick={() => onConfirm(shown)}>{text.action}</Button>}
    >
      {!shown && stopped.message}
      {shown && (
        <Facts>
          <Fact name={text.confirmed}>
            <Fingerprint value={stopped.confirmed_host_key} label={text.confirmed} />
          </Fact>
          <Fact name={text.shown}>
            <Fingerprint value={shown} label={text.shown} />
          </Fact>
          <Fact name={text.since}>
            <Moment at={stopped.at} />
          </Fact>
        </Facts>
      )}
    </Callout>
  );
}

export function Fingerprint({ value, label }: { value: string | null; label: string }) {
  if (value === null) return text.none;
  return (
    <>
      <span className={`or-mono ${styles.value}`}>{value}</span>
      <CopyButton value={value} label={label} />
    </>
  );
}
