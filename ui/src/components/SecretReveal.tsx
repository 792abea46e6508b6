/** A secret that is shown once. Closing before it has been copied asks first. */
import { Button, Code, CopyButton, Group, Modal, Stack, Text } from "@mantine/core";
import { IconCheck, IconCopy } from "@tabler/icons-react";
import { useState, type ReactNode } from "react";
import { uiMessages } from "../messages";
import { Callout } from "./Callout";

interface SecretRevealProps {
  /** Null keeps the dialog closed. */
  secret: string | null;
  title: string;
  onClose: () => void;
  /** Something to do with the secret, such as a first call. */
  children?: ReactNode;
}

export function SecretReveal({ secret, title, onClose, children }: SecretRevealProps) {
  const [isCopied, setIsCopied] = useState(false);
  const [isAsking, setIsAsking] = useState(false);

  function leave() {
    setIsCopied(false);
    setIsAsking(false);
    onClose();
  }

  const closeOrAsk = () => (isCopied ? leave() : setIsAsking(true));
  return (
    <Modal
      opened={secret !== null}
      onClose={closeOrAsk}
      title={title}
      closeOnClickOutside={false}
      closeButtonProps={{ "aria-label": uiMessages.close }}
    >
      <Stack gap="md">
        <Text>{uiMessages.secretOnce}</Text>
        <Code block className="or-mono" tabIndex={0} aria-label={title}>
          {secret}
        </Code>
        {children}
        {isAsking && !isCopied && (
          <Callout
            tone="warning"
            role="alert"
            title={uiMessages.secretCloseUncopied}
            actions={
              <>
                <Button variant="default" onClick={() => setIsAsking(false)}>
                  {uiMessages.secretBack}
                </Button>
                <Button color="red.9" onClick={leave}>
                  {uiMessages.secretCloseAnyway}
                </Button>
              </>
            }
          />
        )}
        <Group justify="flex-end" gap="sm">
          <CopyButton value={secret ?? ""}>
            {({ copied, copy }) => (
              <Button
                data-autofocus
                leftSection={
                  copied ? <IconCheck size={14} aria-hidden /> : <IconCopy size={14} aria-hidden />
                }
                onClick={() => {
                  copy();
                  setIsCopied(true);
                }}
              >
                {copied ? uiMessages.copied : uiMessages.copy}
              </Button>
            )}
          </CopyButton>
          <Button variant="default" onClick={closeOrAsk}>
            {uiMessages.done}
          </Button>
        </Group>
      </Stack>
    </Modal>
  );
}
