export { type Detection, detectedProfile, detectProfiles, PROFILE_IDS, tablesToSample } from './detect.ts';
export { type DetectReport, detectReport } from './detect-report.ts';
export { PROFILES } from './known.ts';
export { LIKELY, type Match, setId } from './match.ts';
export {
  type ChangeSignal,
  type ColumnRef,
  columnRefText,
  type Dependent,
  type Hazard,
  type Profile,
  type SetProfile,
  type Signature,
  type TimeColumn,
  type TtlRule,
  type VectorScalar,
  type VectorSource,
  type VersionSource,
} from './profile.ts';
export { mapProfile } from './profile-map.ts';
export { ttlText } from './resolve.ts';
export { inferTimeFormat } from './time-format.ts';
