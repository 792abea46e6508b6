/** The way of a regulator's list into the catalogue: file, columns, rules, check, result. Only the last act keeps. */
import { Stack } from "@mantine/core";
import { AppLink, PageHeader } from "@openreg/ui";
import { useQueryClient } from "@tanstack/react-query";
import { useState } from "react";
import { officialKeys, type ImportOutcome } from "./api";
import { CheckStep } from "./CheckStep";
import { ColumnsStep } from "./ColumnsStep";
import { FileStep } from "./FileStep";
import { bringMessages as text, officialMessages } from "./messages";
import styles from "./official.module.css";
import { PairsStep } from "./PairsStep";
import { ResultStep } from "./ResultStep";
import { wizardSteps, type Chosen, type Decisions, type WizardStep } from "./wizard";

export function ImportWizard() {
  const [step, setStep] = useState<WizardStep>("file");
  const [chosen, setChosen] = useState<Chosen | null>(null);
  const [tried, setTried] = useState<ImportOutcome | null>(null);
  const [decisions, setDecisions] = useState<Decisions>(new Map());
  const [done, setDone] = useState<ImportOutcome | null>(null);
  const queries = useQueryClient();

  function restart(next: Chosen) {
    setChosen(next);
    setDecisions(new Map());
    setStep("columns");
  }

  async function finish(outcome: ImportOutcome) {
    setDone(outcome);
    setStep("result");
    await queries.invalidateQueries({ queryKey: officialKeys.all });
    void queries.invalidateQueries({ queryKey: ["rules"] });
  }

  return (
    <Stack gap="md">
      <div>
        <AppLink to="/official-texts" search={{}} size="sm">
          {officialMessages.back}
        </AppLink>
        <PageHeader title={text.title} />
        <ol className={styles.steps} aria-label={text.stepsLabel}>
          {wizardSteps.map((one) => (
            <li key={one} aria-current={one === step ? "step" : undefined}>
              {text.steps[one]}
            </li>
          ))}
        </ol>
      </div>
      {step === "file" && <FileStep chosen={chosen} onRead={restart} />}
      {step === "columns" && chosen && (
        <ColumnsStep
          chosen={chosen}
          onChange={setChosen}
          onBack={() => setStep("file")}
          onTried={(outcome) => {
            setTried(outcome);
            setStep("pairs");
          }}
        />
      )}
      {step === "pairs" && chosen && tried && (
        <PairsStep
          chosen={chosen}
          tried={tried}
          decisions={decisions}
          onDecide={setDecisions}
          onBack={() => setStep("columns")}
          onTried={(outcome) => {
            setTried(outcome);
            setStep("check");
          }}
        />
      )}
      {step === "check" && chosen && tried && (
        <CheckStep
          chosen={chosen}
          tried={tried}
          decisions={decisions}
          onBack={() => setStep("pairs")}
          onImported={(outcome) => void finish(outcome)}
        />
      )}
      {step === "result" && done && <ResultStep done={done} />}
    </Stack>
  );
}
