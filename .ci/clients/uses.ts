// What a caller writes with the types that openapi-typescript made: compiled, never run.
import type { components, operations, paths } from "./api";

type Body = paths["/v1/appointments"]["post"]["requestBody"]["content"]["application/json"];
type Answers = operations["book"]["responses"];
type Booked = Answers[201]["content"]["application/json"];
type Refused = Answers[409]["content"]["application/json"];

export const body: Body = {
  appointment_type: "General Checkup",
  appointment_date: "2026-06-15T09:30:00.000Z",
  patient_name: "Aadhi",
  parent_phone: "+919840XXXXXX",
  session: "Morning",
};

export function told(answer: Booked | Refused): string {
  if (answer.success) {
    return `${answer.data.appointment_id} ${answer.data.session} ${answer.data.notes ?? ""}`;
  }
  return answer.error.code === "SLOT_FULL" ? "full" : answer.error.message;
}

// @ts-expect-error (there is no such session)
export const wrong: components["schemas"]["Session"] = "Night";

// @ts-expect-error (a name and a phone are missing)
export const short: Body = { appointment_type: "General Checkup", appointment_date: "2026-06-15T09:30:00.000Z" };
