export { type Detection, detectedProfile, detectProfiles, PROFILE_IDS, tablesToSample } from './detect.ts';
export { type DetectReport, detectReport } from './detect-report.ts';
export { inactiveMarks } from './inactive.ts';
export { PROFILES } from './known.ts';
export { LIKELY, type Match, setId } from './match.ts';
export {
  type ChangeSignal,
  type ColumnRef,
  columnRefText,
  type Dependent,
  type Hazard,
  type HiddenMark,
  type Profile,
  type RankColumns,
  type SetProfile,
  type Signature,
  type SupersedeRule,
  type TimeColumn,
  type TtlRule,
  type VectorScalar,
  type VectorSource,
  type VersionSource,
} from './profile.ts';
export { mapProfile } from './profile-map.ts';
export { ttlText } from './resolve.ts';
export { supersedeText } from './resolve-supersede.ts';
export { setDigest } from './set-digest.ts';
export { inferTimeFormat } from './time-format.ts';
