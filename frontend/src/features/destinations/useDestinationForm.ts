/** Values and faults of the form of a destination, new or stored. */
import { isProblem } from "@openreg/ui/api";
import { useQuery } from "@tanstack/react-query";
import { useMemo, useState } from "react";
import { fieldsOf } from "@/forms/settingsFields";
import { destinationKindsQuery, testDestinationSettings, type Destination } from "./api";
import {
  allSettings,
  credentialsOf,
  faultsOf,
  faultsOfTrial,
  type DestinationValues,
} from "./destinationForm";

export function useDestinationForm(first: () => DestinationValues, stored?: Destination) {
  const [values, setValues] = useState(first);
  const [faults, setFaults] = useState<Record<string, string>>({});
  const kinds = useQuery(destinationKindsQuery()).data?.items ?? [];
  const schema = kinds.find((one) => one.kind === values.kind)?.settings_schema;
  const fields = useMemo(() => fieldsOf(schema ?? {}), [schema]);

  /** Whether it can be sent; what is missing is shown. */
  function check(): boolean {
    const found = faultsOf(fields, values, stored);
    setFaults(found);
    return Object.keys(found).length === 0;
  }

  function showFaults(error: unknown) {
    if (isProblem(error)) setFaults(error.fieldMessages());
  }

  return {
    values,
    setValues,
    faults,
    showFaults,
    check,
    kinds,
    fields,
    isTestable: schema !== undefined && Object.keys(faultsOfTrial(fields, values)).length === 0,
    test: () =>
      testDestinationSettings({
        kind: values.kind,
        settings: allSettings(fields, values),
        credentials: credentialsOf(values),
      }),
  };
}
