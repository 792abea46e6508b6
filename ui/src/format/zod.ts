// eslint-disable-next-line no-restricted-imports -- the one place that may: it switches the code generation off
import { z } from "zod";

// Zod tries `new Function` to be faster, and the content security policy reports that as a violation.
z.config({ jitless: true });

export { z };
