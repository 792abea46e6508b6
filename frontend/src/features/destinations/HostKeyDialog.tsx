/** The decision to trust another host key than the confirmed one, with its reason. */
import { Stack, Text } from "@mantine/core";
import { Fact, Facts } from "@openreg/ui";
import { ReasonDialog } from "@/features/exceptions/ReasonDialog";
import type { Destination } from "./api";
import { Fingerprint } from "./HostKeyStop";
import { HOST_KEY } from "./kinds";
import { destinationMessages } from "./messages";

const text = destinationMessages.stopped;

interface HostKeyDialogProps {
  destination: Destination;
  /** The key the server shows now; null closes the dialog. */
  shown: string | null;
  onClose: () => void;
  onConfirm: (fingerprint: string, reason: string) => Promise<unknown>;
}

export function HostKeyDialog({ destination, shown, onClose, onConfirm }: HostKeyDialogProps) {
  const confirmed = destination.settings[HOST_KEY];
  return (
    <ReasonDialog
      isOpen={shown !== null}
      onClose={onClose}
      title={text.dialog(destination.name)}
      action={text.action}
      label={text.reason}
      mostCharacters={500}
      onConfirm={(reason) => onConfirm(shown ?? "", reason)}
    >
      <Stack gap="sm">
        <Facts>
          <Fact name={text.confirmed}>
            <Fingerprint value={typeof confirmed === "string" ? confirmed : null} label={text.confirmed} />
          </Fact>
          <Fact name={text.shown}>
            <Fingerprint value={shown} label={text.shown} />
          </Fact>
        </Facts>
        <Text>{text.hint}</Text>
        <Text>{text.effect}</Text>
      </Stack>
    </ReasonDialog>
  );
}
