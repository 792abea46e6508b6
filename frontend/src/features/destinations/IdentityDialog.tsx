/** The decision to trust another host key or certificate than the confirmed one, with its reason. */
import { Stack, Text } from "@mantine/core";
import { Fact, Facts } from "@openreg/ui";
import { ReasonDialog } from "@/features/exceptions/ReasonDialog";
import type { Destination } from "./api";
import { confirmedOf, type IdentityName, type Shown } from "./identities";
import { Fingerprint } from "./IdentityStop";
import { destinationMessages } from "./messages";

const text = destinationMessages.stopped;

interface IdentityDialogProps {
  destination: Destination;
  /** What the server shows now; null closes the dialog. */
  shown: Shown | null;
  onClose: () => void;
  onConfirm: (shown: Shown, reason: string) => Promise<unknown>;
}

export function IdentityDialog({ destination, shown, onClose, onConfirm }: IdentityDialogProps) {
  const identity: IdentityName = shown?.identity ?? "host_key";
  return (
    <ReasonDialog
      isOpen={shown !== null}
      onClose={onClose}
      title={text.dialog[identity](destination.name)}
      action={text.action[identity]}
      label={text.reason}
      mostCharacters={500}
      onConfirm={(reason) => (shown ? onConfirm(shown, reason) : Promise.resolve())}
    >
      <Stack gap="sm">
        <Facts>
          <Fact name={text.confirmed}>
            <Fingerprint value={confirmedOf(destination.settings, identity)} label={text.confirmed} />
          </Fact>
          <Fact name={text.shown}>
            <Fingerprint value={shown?.fingerprint ?? null} label={text.shown} />
          </Fact>
        </Facts>
        <Text>{text.hint[identity]}</Text>
        <Text>{text.effect}</Text>
      </Stack>
    </ReasonDialog>
  );
}
