import type { IForbiddenRuleType, ICruiseOptions } from 'dependency-cruiser'

export const SRC_LAYERS: ReadonlyArray<readonly string[]>
export const DETECTION_LAYERS: ReadonlyArray<readonly string[]>
export const WEB_LAYERS: ReadonlyArray<readonly string[]>
declare const config: { readonly forbidden: IForbiddenRuleType[], readonly options: ICruiseOptions }
export default config
