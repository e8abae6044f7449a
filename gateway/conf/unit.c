/* unit.c - the units a point may have, short names as charts show them */
#include "gateway/conf/unit.h"

#include <stddef.h>

const char *const unit_names[] = {
    /* clang-format off */
    "1", "%",
    /* power and energy */
    "kW", "kvar", "kVA", "kWh", "kvarh", "kVAh", "A", "V", "Hz",
    /* water and heat */
    "kPa", "MPa", "bar", "m", "L/min", "m3/h", "m3", "degC",
    /* motion */
    "m/s", "rpm", "deg", "kg", "h",
    /* air, light and what is in water */
    "%LEL", "ppm", "pH", "NTU", "mg/L", "uS/cm", "lx",
    NULL,
    /* clang-format on */
};
