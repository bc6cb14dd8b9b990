"""Stop words by language: words that name no subject.

They are written in lower case with their accents. `search.text.stop_words` says when a search
leaves them out. `language_guess` recognises languages by them. The words of Chinese and Japanese
are the pairs of characters that a search uses as words.
"""

from collections.abc import Mapping

STOP_WORDS: Mapping[str, frozenset[str]] = {
    language: frozenset(text.split())
    for language, text in {
        "en": """
            a about above after again against all also am an and any are aren as at be because been
            before being below between both but by can cannot could couldn d did didn do does doesn
            doing don down during each few for from further had hadn has hasn have haven having he
            her here hers herself him himself his how however i if in into is isn it its itself just
            let ll m may me might mine more most must my myself no nor not now of off ok okay on
            once one only or other our ours ourselves out over own please quite rather re s same
            shall she should shouldn so some such t than that the their theirs them themselves then
            there these they this those through to too um uh under until up upon us ve very was wasn
            we were weren what whatever when where whether which while who whom whose why will with
            within without won would wouldn yeah yes you your yours yourself yourselves""",
        "ar": """
            في من على الى إلى عن مع هذا هذه ذلك تلك التي الذي الذين هو هي هم أنا أنت نحن كان كانت
            يكون لم لن لا ما ماذا متى أين كيف لماذا هل أن إن أو ثم بعد قبل كل بين لقد قد عند حتى إذا
            لكن بل أي منذ غير""",
        "ca": """
            el la els les un una uns unes de del dels i o a al als amb per què que qui com quan on
            en és són era ser estar jo tu ell ella nosaltres vosaltres ells em et es ens us li ho
            no més però si molt aquest aquesta això meu seva seu""",
        "cs": """
            a aby ale ani asi až bez bude by byl byla bylo být co což do ho i já jak jako je jeho
            její jejich jen ještě ji jsem jsi jsme jsou k kde kdo kdy když která které který ma mají
            mám má mě mi mít mně můj na nad nebo než o od on ona oni po pod podle pro proč protože
            před při s se si tak také tam tedy ten to toho tom tu ty už v ve vám vás více však z za
            ze že""",
        "da": """
            af alle at blev bliver da de dem den der deres det dig din du efter eller en end er et
            for fra ham han hans har havde hun hende hendes her hos hvad hvem hvilken hvis hvor
            hvordan hvorfor hvornår i ikke jeg jer kan kunne man med meget men mig min mit nej nogen
            noget nogle nu når og også om op os på sig sin skal skulle som så til ud under var ved
            vi vil ville være været""",
        "de": """
            aber alle als also am an auch auf aus bei bin bis bist da damit dann das dass daß dein
            deine dem den denn der des dich die dies diese diesem diesen dieser dieses dir doch dort
            du durch ein eine einem einen einer eines er es euch euer für gegen gewesen habe haben
            hat hatte hatten hier hin hinter ich ihm ihn ihnen ihr ihre ihrem ihren ihrer im in ins
            ist ja jede jedem jeden jeder jedes jener jetzt kann können könnte man manche mein meine
            meinem meinen meiner mich mir mit muss musste nach nicht nichts noch nun nur ob oder
            ohne sehr sein seine seinem seinen seiner seit sich sie sind so solche soll sollte
            sondern sonst über um und uns unser unsere unter vom von vor wann war waren warst warum
            was weil welche welchem welchen welcher welches wenn wer werde werden wie wieder will
            wir wird wirst wo wollen wurde wurden würde würden zu zum zur zwar zwischen""",
        "el": """
            ο η το οι τα του της των τον την και κι να θα με σε από για που πως πώς τι ποιος ποια
            ποιο πότε πού γιατί είναι ήταν είμαι είχε έχει έχω δεν μη μην μου σου μας σας τους αυτό
            αυτός αυτή ένα ένας μια στο στη στην στον στα ή αλλά αν όταν όπως εγώ εσύ εμείς πολύ
            ότι""",
        "es": """
            a al algo ante antes como cómo con contra cual cuál cuando cuándo de del desde donde
            dónde durante e el él ella ellas ellos en entre era eran es esa ese eso esta está están
            estas este esto estos fue fueron ha había han hasta hay la las le les lo los más me mi
            mis mucho muy nada ni no nos nosotros o os otra otro para pero poco por porque qué que
            quién quien se ser si sí sin sobre son soy su sus también tan te tiene tienen todo todos
            tu tus un una uno unos y ya yo""",
        "fa": """
            و در به از که این آن را با است برای تا بر یک خود من تو او ما شما آنها هم یا اما اگر چه
            چرا کجا کی چگونه چطور بود شد شده می نمی باید هر همه پس نیز بی هیچ دیگر""",
        "fi": """
            ei eivät emme en et että hän hänen he ja jo joka jos jossa jotka kanssa kuin kuka kun
            me mikä mitä miten miksi milloin missä minä minun mutta myös ne niin nyt ole olen olet
            oli olla olivat on ovat se sekä sen siellä sinä sitä tai te tämä tätä tuo vain vai
            voi""",
        "fr": """
            à ai as au aussi aux avec avait avez avoir avons c ce ceci cela ces cet cette comme
            comment d dans de des dont du elle elles en est et étaient était été êtes être eu eux
            fait il ils j je l la le les leur leurs lui m ma mais me même mes moi mon n ne nos notre
            nous on ont ou où par pas plus pour pourquoi qu quand que quel quelle quelles quels qui
            quoi s sa sans se sera ses si son sont suis sur t ta te tes toi ton tous tout très tu
            un une vos votre vous y""",
        "he": """
            של על את אל אם או גם כי לא הוא היא הם הן אני אתה את אנחנו זה זאת זו מה מי איך למה מתי
            איפה היה היתה הייתה היו יש אין עם כל רק אבל כמו אז עוד לי לו לה להם""",
        "hi": """
            का के की को में से पर और या है हैं था थी थे हो यह वह ये वे मैं मेरा मेरे मेरी हम आप तुम
            ने एक भी ही तो कि जो क्या कब कहाँ कैसे क्यों कौन नहीं इस उस लिए साथ अपने कर रहा रही
            जाती जाता""",
        "hu": """
            a az egy és vagy de hogy nem is ez azt ezt ennek annak mi ki mit kit hol mikor miért
            hogyan van vannak volt voltak lesz meg már csak még ha mint én te ő mi ti ők nagyon el
            fel le be minden amely aki ami sem""",
        "id": """
            ada adalah akan aku anda apa atau bagaimana bahwa bisa dalam dan dari dengan di dia
            hanya ia ini itu juga kami kamu kapan karena ke kita lebih mana mengapa mereka oleh
            pada saya sebagai siapa sudah telah tidak untuk yang""",
        "it": """
            a ad agli ai al alla alle allo anche avere aveva c che chi ci come con cosa da dagli dai
            dal dalla dalle degli dei del della delle dello di dove e è ed era erano fu gli ha hai
            hanno ho i il in io l la le lei li lo loro lui ma me mi mia mie miei mio molto ne negli
            nei nel nella nelle no noi non nostra nostro o ogni per perché più poi quale quali
            quando quanto quella quello questa queste questi questo se sei si sia sono stata stato
            su sua sue sui sul sulla suo suoi ti tra tu tua tuo un una uno vi voi""",
        "ja": """
            です ます した から こと これ それ ため ので には とは では する いる ある なる れる
            って だっ てい いま どう とう なぜ いつ どこ だれ もの という いう よう""",
        "nl": """
            aan al alles als altijd ben bij daar dan dat de der deze die dit doen door dus een en er
            ge geen haar had heb hebben heeft hem het hier hij hoe hun ik in is ja je kan kon kunnen
            maar me meer men met mij mijn moet na naar niet niets nog nu of om omdat onder ons ook
            op over te toch toen tot u uit van veel voor waar waarom wanneer want waren was wat we
            wel werd wie wij wil worden wordt zal ze zelf zich zij zijn zo zonder zou""",
        "no": """
            alle at av ble bli blir da de dem den denne der deres det dette din du eller en er et
            etter for fra ham han hans har hadde hun henne hennes her hos hva hvem hvilken hvis hvor
            hvordan hvorfor ikke jeg kan kunne man med meg men min mitt mye nei noe noen nå når og
            også om opp oss over på seg sin skal skulle som så til under ut var ved vi vil ville
            være vært""",
        "pl": """
            a aby ale bardzo bez być był była było były będzie co czy dla do gdy gdzie go i ich ile
            im ja jak jako je jego jej jest jestem jeszcze jeśli już kiedy kto która które który ma
            mam mi mnie może mój moja my na nad nam nas nie niż o od on ona oni po pod ponieważ
            przed przez przy się są sobie ta tak także tam te tego tej ten to tu ty tylko tym u w we
            więc wszystko z za ze że żeby dlaczego""",
        "pt": """
            a à ao aos as às até com como da das de dela dele do dos e é ela elas ele eles em entre
            era eram essa esse esta está este eu foi foram há isso isto já lhe mais mas me mesmo meu
            meus minha minhas muito na nas não nem no nos nós nossa nosso num numa o onde os ou para
            pela pelas pelo pelos por porque quais qual quando que quem são se sem ser seu seus sua
            suas só sou estou vou também te tem têm tinha todo toda todos todas tu um uma você vocês
            aquele aquela aquilo ninguém""",
        "ro": """
            a acest această ai al ale am ar are as au avea că care ca când cât ce cine cu cum da dar
            de deci din după ea ei el ele era este eu fără fi fost în îi își la le lui mai mea mei
            meu mult ne ni nici noi noastră nostru nu o or pe pentru prin sa să sau se si și sunt
            te tot un una unde unei unui va vă voi""",
        "ru": """
            а без более бы был была были было быть в вам вас все всё вы где да для до его ее её если
            есть еще ещё же за и из или им их к как какая какие какой когда кто ли мне меня мой мы
            на над нам нас не него нее нет ни но ну о об он она они от по под почему при с сам себя
            так там тебя то того тоже только том тот ты у уже что чего чем чтобы эта эти это этот
            я""",
        "sv": """
            alla att av bara blev blir då de dem den denna deras dess det detta dig din du där efter
            eller en er ett från för ha hade han hans har henne hennes hon honom hur här i icke inte
            ja jag kan kunde man med men mig min mitt mot mycket nej ni något några nu när och också
            om oss på sedan sig sin ska skulle som så till under upp ut utan vad var varför vem vi
            vid vilka vilken vill ville är""",
        "tr": """
            acaba ama ancak bana bazı ben beni benim bir biz bu bunu çok çünkü da daha de değil
            diye en gibi hangi hem hep her hiç için ile ise kadar ki kim mı mi mu mü nasıl ne neden
            nerede niçin o olan olarak oldu olduğu olur ona onlar onu onun sen siz şey şu tüm ve
            veya ya yani zaman""",
        "uk": """
            а або але без би був була були було в вам вас ви від він вона вони все для до є за з із
            й його їх її і ж коли кого куди ми мені мене моя мій на над нам нас не ні по при про та
            так там те то того тому ти тільки у хто це цей цього чи чому що щоб щось я як яка який
            якщо""",
        "zh": """
            的 了 是 我 你 他 们 在 和 也 就 都 不 这 那 谁 我们 你们 他们 她们 什么 怎样 怎么
            如何 为什 多少 哪里 这个 那个 一个 没有 可以 就是 不是 时候 因为 所以 如果 但是
            還是 為什 什麼 怎麼 我們 你們 他們 這個 那個 沒有""",
    }.items()
}
