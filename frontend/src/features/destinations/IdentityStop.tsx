/** A destination that shows another host key or certificate: both fingerprints, and the decision with its reason. */
import { Button } from "@mantine/core";
import { Callout, CopyButton, Fact, Facts, Moment } from "@openreg/ui";
import type { Destination } from "./api";
import styles from "./destinations.module.css";
import { shownAtStop, type Shown } from "./identities";
import { destinationMessages } from "./messages";

const text = destinationMessages.stopped;

interface IdentityStopProps {
  stopped: NonNullable<Destination["stopped"]>;
  /** Given to those who may decide. */
  onConfirm: ((shown: Shown) => void) | undefined;
}

export function IdentityStop({ stopped, onConfirm }: IdentityStopProps) {
  const shown = shownAtStop(stopped);
  const confirmed =
    shown?.identity === "certificate" ? (stopped.confirmed_certificate ?? null) : stopped.confirmed_host_key;
  return (
    <Callout
      tone="failed"
      title={shown ? text.title[shown.identity] : text.titleOther}
      fix={shown ? text.hint[shown.identity] : stopped.fix}
      actions={
        shown && onConfirm && <Button onClick={() => onConfirm(shown)}>{text.action[shown.identity]}</Button>
      }
    >
      {!shown && stopped.message}
      {shown && (
        <Facts>
          <Fact name={text.confirmed}>
            <Fingerprint value={confirmed} label={text.confirmed} />
          </Fact>
          <Fact name={text.shown}>
            <Fingerprint value={shown.fingerprint} label={text.shown} />
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
