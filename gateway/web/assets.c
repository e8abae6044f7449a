/*
 * assets.c - the dashboard's files, in the binary
 *
 * The assembler copies them in; paths are seen from the top of the repository,
 * where all builds run.  The compiler does not see that this file depends on
 * them: the Makefile has to say so.
 */
#include "gateway/web/assets.h"

#define EMBED(name, file)                                                      \
	__asm__(".pushsection .rodata\n"                                       \
		".globl " #name "_begin\n"                                     \
		".hidden " #name "_begin\n" #name "_begin:\n"                  \
		".incbin \"gateway/web/dashboard/" file "\"\n"                 \
		".globl " #name "_end\n"                                       \
		".hidden " #name "_end\n" #name "_end:\n"                      \
		".popsection\n");                                              \
	extern const char name##_begin[], name##_end[]

EMBED(asset_page, "index.html");
EMBED(asset_script, "app.js");
EMBED(asset_style, "style.css");
EMBED(asset_icon, "icon.svg");

const struct asset assets[ASSET_COUNT] = {
    {"/", "text/html; charset=utf-8", asset_page_begin, asset_page_end},
    {"/app.js", "text/javascript; charset=utf-8", asset_script_begin,
	asset_script_end},
    {"/style.css", "text/css; charset=utf-8", asset_style_begin,
	asset_style_end},
    {"/icon.svg", "image/svg+xml", asset_icon_begin, asset_icon_end},
};
