/* version.h - which riser this is */
#ifndef VERSION_H
#define VERSION_H

#define RISER_VERSION "0.1.0"

#endif
