#include "lib/text/english_spelling.h"

namespace sotto::text {
namespace {

// For each stem and ending, stem + british + ending becomes stem + american + ending. Stems and
// endings are separated by blanks; "-" is an empty one. Slips of the list ("pummelled" to "pummel",
// "archeology</span>") are kept: they are in published error rates.
struct Rule {
  std::string_view british;
  std::string_view american;
  std::string_view endings;
  std::string_view stems;
};

// clang-format off
constexpr Rule kRules[] = {
    {"s", "z", "e ed es ing",
     "accessori analy anglici antagoni apologi authori bapti bastardi bowdleri brutali canali "
     "cannibali canoni capitali carameli carboni cataly categori cauteri centrali characteri "
     "circulari civili collectivi commerciali compartmentali computeri conceptuali "
     "contextuali criminali critici customi demoni deodori depersonali deputi digiti economi "
     "editoriali empathi emphasi energi epitomi eulogi evangeli exorci factori fantasi femini "
     "galvani ghettoi glamori homogeni humani hybridi hypnoti hypothesi idoli immortali "
     "individuali industriali initiali intellectuali italici itemi jeopardi legitimi locali "
     "magneti memori memoriali mesmeri metaboli militari minimi moderni morali optimi ostraci "
     "overemphasi paraly particulari penali personali philosophi plagiari propagandi "
     "psychoanaly publici radicali randomi revitali revolutioni rhapsodi romantici saniti "
     "satiri scandali scrutini sensationali sensiti sentimentali sermoni signali sodomi "
     "solemni summari symboli tempori tenderi terrori theori traumati triviali tyranni "
     "vandali verbali"},
    {"s", "z", "ation e ed es ing",
     "acclimati crystalli decentrali decriminali dehumani demilitari demobili democrati "
     "demorali denationali desensiti destabili extempori familiari finali formali fossili "
     "fraterni globali harmoni hospitali ideali immuni institutionali internali "
     "internationali legali liberali lioni marginali materiali maximi mechani miniaturi "
     "mobili monopoli naturali neutrali normali oxidi passivi pasteuri pedestriani polari "
     "politici populari pressuri prioriti professionali pulveri regulari seculari sociali "
     "standardi stigmati synchroni systemati unioni urbani vapori victimi vulgari westerni"},
    {"s", "z", "ation ations e ed es ing",
     "dramati externali fictionali generali nationali privati rationali reorgani seriali "
     "speciali visuali vocali"},
    {"s", "z", "ation e ed er ers es ing", "coloni equali fertili immobili ioni stabili subsidi"},
    {"s", "z", "e ed er ers es ing",
     "breathaly liquidi moisturi proselyti sympathi synthesi womani"},
    {"s", "z", "e ed es ing ingly", "agoni patroni tantali"},
    {"s", "z", "able ation ations e ed es ing", "amorti reali"},
    {"s", "z", "ation ational ations e ed er ers es ing", "organi"},
    {"s", "z", "ed",
     "annuali motori rituali transistori unauthori uncivili underutili unorgani vulcani"},
    {"s", "z", "ation ations e ed er ers es ing", "sterili"},
    {"s", "z", "able ably ance e ed es ing", "recogni"},
    {"s", "z", "able ation e ed es ing", "utili"},
    {"s", "z", "ier ies iest ily iness y", "co"},
    {"s", "z", "er ers ing ingly", "appeti"},
    {"s", "z", "able ed", "unrecogni"},
    {"s", "z", "ation ed", "disorgani"},
    {"s", "z", "ement", "aggrandi"},
    {"u", "", "r red ring rs", "belabo clamo discolo endeavo harbo succo"},
    {"u", "", "r rs", "arbo misdemeano parlo rigo savio splendo tricolo tumo vapo watercolo"},
    {"u", "",
     "ld lded lder ldered ldering lders ldier ldiest lding ldings lds ldy lt lted lting lts",
     "mo"},
    {"u", "", "r rant rants red reds rful rfully ring rize rized rizes rizing rless rs", "colo"},
    {"u", "", "r rable rably red ring rs", "dishono hono"},
    {"u", "", "r", "ardo cando clango demeano disfavo fervo misbehavio ranco technicolo valo vigo"},
    {"u", "", "r rable rably red ring rite rites ritism rs", "favo"},
    {"u", "", "r red ring rings rless rs rsome", "flavo"},
    {"u", "", "r rhood rhoods ring rliness rly rs", "neighbo"},
    {"u", "", "r ral rism rist rists rs", "behavio"},
    {"u", "", "r red rer rers ries ry", "armo"},
    {"u", "", "r red rer rers ring rs", "labo"},
    {"u", "", "r red ries ring rs ry", "savo"},
    {"u", "", "r red ring rless rs", "humo"},
    {"u", "", "ld lded lding lds", "remo"},
    {"u", "", "lder ldered ldering lders", "smo"},
    {"u", "", "lk lked lking lks", "ba"},
    {"u", "", "r red rs", "rumo"},
    {"u", "", "r rless rs", "odo"},
    {"u", "", "ed ing", "catalog"},
    {"u", "", "rable rably", "unfavo"},
    {"u", "", "red", "enamo multicolo"},
    {"u", "", "ry", "unsavo"},
    {"l", "", "ed ing",
     "backpedal bedevil cancel carol cavil channel chisel cudgel dial disembowel drivel duel "
     "enamel funnel gambol grovel impanel imperil initial label marshal parcel pedal pencil "
     "quarrel ravel refuel remodel rival shovel shrivel signal snivel snorkel spiral squirrel "
     "stencil swivel towel trial tunnel unravel weasel yodel"},
    {"l", "", "ed er ers ing", "level model revel travel"},
    {"l", "", "ed", "bejewel bevel dishevel gravel tassel unequal unrival untrammel"},
    {"l", "", "ity ize ized izer izers izes izing", "tranquil"},
    {"l", "", "ed ing ist ists", "panel"},
    {"l", "", "ed ing or ors", "counsel"},
    {"l", "", "ed ing ous ously", "marvel"},
    {"l", "", "en ens ies y", "wool"},
    {"l", "", "et eted eting ets", "fil"},
    {"l", "", "ed er ers", "jewel"},
    {"l", "", "ed ing ous", "libel"},
    {"l", "", "iper ipers isthenics", "cal"},
    {"l", "", "er est", "cruel"},
    {"l", "", "ing ingly", "gruel"},
    {"l", "", "or ors", "council"},
    {"l", "", "i", "chil"},
    {"a", "",
     "ematological ematologist ematologists ematology emoglobin emophilia emophiliac "
     "emophiliacs emorrhage emorrhaged emorrhages emorrhaging emorrhoids",
     "h"},
    {"a", "",
     "emia emic esthesia esthetic esthetics esthetist esthetists esthetize esthetized "
     "esthetizes esthetizing",
     "an"},
    {"a", "",
     "ederast ederasts ediatric ediatrician ediatricians ediatrics edophile edophiles "
     "edophilia",
     "p"},
    {"a", "", "eon eons esthete esthetes esthetic esthetically esthetics etiology", "-"},
    {"a", "", "ecological ecologist ecologists ecology", "gyn"},
    {"a", "", "eolithic eontologist eontologists eontology", "pal"},
    {"a", "", "edia edias edic", "encyclop"},
    {"a", "", "eologically eologist eologists", "arch"},
    {"a", "", "ea eas", "bougainvill"},
    {"a", "", "ecal eces", "f"},
    {"a", "", "edic edics", "orthop"},
    {"a", "", "emia", "leuk tox"},
    {"a", "", "era eras", "chim"},
    {"a", "", "esarean esareans", "c"},
    {"a", "", "esidium esidiums", "pr"},
    {"a", "", "eval", "medi prim"},
    {"a", "", "utist utists", "fl"},
    {"re", "er", "- s",
     "amphitheat calib centilit centimet epicent goit kilomet lit louv met micromet millilit "
     "millimet mit reconnoit sab scept sepulch spect"},
    {"re", "er", "- fold folds piece pieces s", "cent"},
    {"re", "er", "-", "lacklust lust meag saltpet somb"},
    {"re", "er", "- goer goers s", "theat"},
    {"re", "er", "- glass s", "fib"},
    {"re", "er", "ments", "accout"},
    {"", "l", "- s", "appal distil enrol enthral instil"},
    {"", "l", "- ment ments s", "instal"},
    {"", "l", "- ment s", "fulfil"},
    {"", "l", "ation ations", "cancel"},
    {"", "l", "ated", "crenel"},
    {"o", "", "eopath eopathic eopaths eopathy", "hom"},
    {"o", "", "etal etid etus etuses", "f"},
    {"o", "", "ustache ustached ustaches ustachioed", "m"},
    {"o", "", "esophagus esophaguses estrogen", "-"},
    {"o", "", "ea", "diarrh gonorrh"},
    {"o", "", "eia eias", "pharmacop"},
    {"o", "", "ema", "ed"},
    {"me", "", "- s", "aerogram centigram gram kilogram milligram program"},
    {"ue", "", "- s", "analog catalog dialog epilog monolog prolog"},
    {"ugh", "f", "t tboard tboards tier tiest ts tsman tsmanship tsmen tswoman tswomen ty", "dra"},
    {"c", "s", "e ed es ing", "licen"},
    {"c", "s", "e es", "offen preten"},
    {"c", "s", "e eless es", "defen"},
    {"gao", "jai", "l lbird lbirds lbreak lbreaks led ler lers ling ls", "-"},
    {"c", "k", "eptic eptical eptically epticism eptics", "s"},
    {"c", "k", "- s", "dis videodis"},
    {"ugh", "w", "- ed ing man men s share shares", "plo"},
    {"ugh", "w", "-", "snowplo"},
    {"e", "", "ing", "ag bing glu"},
    {"e", "", "y", "phon stor"},
    {"e", "", "-", "ax"},
    {"e", "", "able", "lik"},
    {"e", "", "ment", "judg"},
    {"y", "i", "phon phoned phoning phons", "s"},
    {"y", "i", "pher phers", "c"},
    {"y", "i", "re res", "t"},
    {"oeuv", "euve", "rability rable red ring rings", "man"},
    {"oeuv", "euve", "red ring", "outman"},
    {"e", "a", "y yed ying yish yness ys", "gr"},
    {"lis", "iz", "e ed er ers es ing", "tranquil"},
    {"ph", "f", "ate ates ide ides ur urous", "sul"},
    {"s", "", "ed ing", "bias"},
    {"s", "", "es", "gas minibus"},
    {"s", "", "es ing", "bus"},
    {"", "e", "red", "cent louv"},
    {"", "e", "red ring", "reconnoit"},
    {"", "e", "-", "battleax"},
    {"", "u", "ge ged ges ging", "ga"},
    {"", "u", "r", "glamo"},
    {"aesthetis", "esthetiz", "e ed es ing", "an"},
    {"oeuvre", "euver", "- s", "man outman"},
    {"que", "ck", "- book books s", "che"},
    {"s", "c", "e ed es ing", "practi"},
    {"te", "", "- s", "epaulet omelet"},
    {"x", "ct", "ion ions", "conne infle"},
    {"", "o", "ve ved ves", "beho"},
    {"h", "", "urt urts", "yog"},
    {"h", "", "-", "sheik"},
    {"p", "", "ed er ing", "worship"},
    {"", "ue", "- s", "travelog"},
    {"e", "i", "fact facts", "art"},
    {"ero", "ir", "plane planes", "a"},
    {"fe", "", "- s", "pouf"},
    {"g", "", "on ons", "wag"},
    {"ho", "", "urt urts", "yog"},
    {"k", "", "- s", "almanac"},
    {"n", "", "ister isters", "ban"},
    {"ne", "", "- s", "ton"},
    {"philtre", "filter", "- s", "-"},
    {"t", "", "ist ists", "clarinet"},
    {"v", "", "ies y", "bev"},
    {"y", "a", "jama jamas", "p"},
    {"yne", "in", "- s", "gro"},
    {"ypho", "iffi", "n ns", "gr"},
    {"", "a", "eological", "arch"},
    {"", "iz", "zazz", "p"},
    {"aeology", "eology</span>", "-", "arch"},
    {"ey", "ie", "s", "stor"},
    {"i", "", "um", "alumin"},
    {"i", "y", "psies", "g"},
    {"l", "it", "y", "tranquil"},
    {"le", "", "ry", "jewel"},
    {"led", "", "-", "pummel"},
    {"ling", "ed", "-", "pummel"},
    {"m", "h", "mm", "-"},
    {"mh", "hm", "m", "-"},
    {"qu", "ck", "ered", "che"},
    {"t", "led", "-", "misspel"},
    {"ughs", "w", "-", "snowplo"},
};
// clang-format on

constexpr std::string_view kEmpty = "-";

template <typename Visit>
void for_each_part(std::string_view list, const Visit& visit) {
  while (!list.empty()) {
    const std::string_view part = list.substr(0, list.find(' '));
    visit(part == kEmpty ? std::string_view() : part);
    list.remove_prefix(part.size() == list.size() ? part.size() : part.size() + 1);
  }
}

}  // namespace

EnglishSpelling::EnglishSpelling() {
  for (const Rule& rule : kRules) {
    for_each_part(rule.stems, [&](std::string_view stem) {
      for_each_part(rule.endings, [&](std::string_view ending) {
        const auto word = [&](std::string_view change) {
          return std::string(stem).append(change).append(ending);
        };
        american_.emplace(word(rule.british), word(rule.american));
      });
    });
  }
}

std::string_view EnglishSpelling::american(std::string_view word) const {
  const auto found = american_.find(std::string(word));
  return found == american_.end() ? word : std::string_view(found->second);
}

}  // namespace sotto::text
