// Measures cal.com's computation of slots, without SQL: its own functions from the published package, called in the
// order in which its slots service calls them for one host. See the README for what is left out.
//
// node calcom.mjs ROOT QUESTION ANSWER
import { readFileSync, readdirSync, writeFileSync, appendFileSync } from "node:fs";
import { join } from "node:path";
import { pathToFileURL } from "node:url";

const [root, questionPath, answerPath] = process.argv.slice(2);
const question = JSON.parse(readFileSync(questionPath, "utf8"));
const dist = join(root, "package", "dist");

const chunk = (prefix) => readdirSync(dist).find((name) => name.startsWith(prefix) && name.endsWith(".js"));

// The package exports the service with its database alone; the function that makes the slots is taken out of its text.
function extractedSlots() {
  const source = readFileSync(join(dist, "slots.js"), "utf8");
  const begin = source.indexOf("const minimumOfOne");
  const end = source.indexOf("const getSlots = (");
  if (begin < 0 || end < begin) throw new Error("the package no longer has the function under its name");
  const path = join(dist, "extracted-slots.mjs");
  const body = source.slice(begin, end);
  writeFileSync(path, `import dayjs from "dayjs";\n${body}\nexport { buildSlotsWithDateRanges, dayjs };\n`);
  return import(pathToFileURL(path));
}

const { b: buildDateRanges, s: subtract } = await import(pathToFileURL(join(dist, chunk("date-ranges-"))));
const { buildSlotsWithDateRanges, dayjs } = await extractedSlots();

const timeOfDay = (hour) => new Date(Date.UTC(1970, 0, 1, hour));
const availability = question.hours.map((hour) => ({
  days: [0, 1, 2, 3, 4, 5, 6],
  startTime: timeOfDay(hour),
  endTime: timeOfDay(hour + question.windowHours),
}));

function page() {
  const { dateRanges } = buildDateRanges({
    availability,
    timeZone: question.zone,
    dateFrom: dayjs.tz(question.firstDate, question.zone),
    dateTo: dayjs.tz(question.lastDate, question.zone).endOf("day"),
    travelSchedules: [],
  });
  const busy = question.busy.map(({ start, end }) => ({ start: dayjs(start), end: dayjs(end) }));
  return buildSlotsWithDateRanges({
    dateRanges: subtract(dateRanges, busy),
    frequency: question.stepMinutes,
    eventLength: question.durationMinutes,
    timeZone: question.zone,
    minimumBookingNotice: question.minNoticeMinutes,
    offsetStart: 0,
  });
}

function timed(work) {
  const begun = process.hrtime.bigint();
  const result = work();
  return { microseconds: Number(process.hrtime.bigint() - begun) / 1000, result };
}

const median = (values) => {
  const sorted = [...values].sort((a, b) => a - b);
  const middle = sorted.length >> 1;
  return sorted.length % 2 ? sorted[middle] : (sorted[middle - 1] + sorted[middle]) / 2;
};

const { result: slots } = timed(page); // a first page, so that the compiler has seen the code
const rounds = [];
for (let round = 0; round < question.rounds; round += 1) {
  rounds.push(median(Array.from({ length: question.pages }, () => timed(page).microseconds)));
}
const figure = {
  job: "J2",
  median_us: median(rounds),
  best_us: Math.min(...rounds),
  rounds: rounds.length,
  operations: question.pages,
  note: `one host, ${question.busy.length} busy times, ${slots.length} slots`,
};
appendFileSync(answerPath, `${JSON.stringify(figure)}\n`);
