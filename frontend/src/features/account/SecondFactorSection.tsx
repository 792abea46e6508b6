/** Turning the second factor on and off; each step asks for the password first. */
import { Button, Group, Text } from "@mantine/core";
import { Section, showDone, StatusBadge } from "@openreg/ui";
import { useQueryClient } from "@tanstack/react-query";
import { useState } from "react";
import { beginSecondFactor, renewRecoveryCodes, turnOffSecondFactor } from "./api";
import { accountMessages } from "./messages";
import { PasswordProofDialog } from "./PasswordProofDialog";
import { EnrolmentDialog, RecoveryCodesDialog, type Enrolment } from "./SecondFactorDialogs";

const text = accountMessages.secondFactor;
type Step = "turn_on" | "turn_off" | "new_codes";

const TITLES: Record<Step, string> = {
  turn_on: text.turnOnTitle,
  turn_off: text.turnOffTitle,
  new_codes: text.newCodesTitle,
};

export function SecondFactorSection({ isOn }: { isOn: boolean }) {
  const queries = useQueryClient();
  const [step, setStep] = useState<Step | null>(null);
  const [enrolment, setEnrolment] = useState<Enrolment | null>(null);
  const [codes, setCodes] = useState<string[] | null>(null);
  const refresh = () => queries.invalidateQueries({ queryKey: ["me"] });

  async function proved(password: string) {
    if (step === "turn_on") setEnrolment(await beginSecondFactor(password));
    if (step === "new_codes") setCodes((await renewRecoveryCodes(password)).recovery_codes);
    if (step === "turn_off") {
      await turnOffSecondFactor(password);
      showDone(text.turnedOff);
      await refresh();
    }
  }

  return (
    <Section
      title={text.title}
      meta={<StatusBadge tone={isOn ? "success" : "off"}>{isOn ? text.on : text.off}</StatusBadge>}
    >
      <Text>{text.text}</Text>
      <Group gap="sm">
        {!isOn && <Button onClick={() => setStep("turn_on")}>{text.turnOn}</Button>}
        {isOn && (
          <>
            <Button variant="default" onClick={() => setStep("new_codes")}>
              {text.newCodes}
            </Button>
            <Button variant="default" onClick={() => setStep("turn_off")}>
              {text.turnOff}
            </Button>
          </>
        )}
      </Group>
      <PasswordProofDialog title={step && TITLES[step]} onClose={() => setStep(null)} onProved={proved} />
      <EnrolmentDialog
        enrolment={enrolment}
        onClose={() => setEnrolment(null)}
        onConfirmed={(fresh) => {
          setEnrolment(null);
          setCodes(fresh);
          void refresh();
        }}
      />
      <RecoveryCodesDialog codes={codes} onClose={() => setCodes(null)} />
    </Section>
  );
}
