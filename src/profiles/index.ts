export { type Detection, detectedProfile, detectProfiles, type Match, PROFILE_IDS } from './detect.ts';
export { type DetectReport, detectReport } from './detect-report.ts';
export { genericProfiles } from './generic.ts';
export { PROFILES } from './known.ts';
export {
  type ColumnRef,
  columnRefText,
  type Hazard,
  type Profile,
  type SetProfile,
  type Signature,
  type TimeColumn,
  type TtlRule,
  type VectorSource,
  type VersionSource,
} from './profile.ts';
export { ttlText } from './resolve.ts';
export { inferTimeFormat } from './time-format.ts';
