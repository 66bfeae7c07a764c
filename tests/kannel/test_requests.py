"""What the real Kannel sends, and what it does with an answer."""
import pathlib
from smsledger.gateways.kannel import parse_mo, parse_receipt
from .rig import Kannel, Handsets
from .smsc import report, UCS2, LATIN_1, BINARY, HAS_HEADER
from .waiting import until
OUT = pathlib.Path('/tmp/rig/captured'); OUT.mkdir(exist_ok=True)

def posting(conf):
    return conf.replace('get-url =','post-url =').replace('&from=%p&to=%P&text=%b&coding=%c&charset=%C&time=%T','').replace('max-messages = 0','max-messages = 0\nsend-sender = true')

def test_probe(server, kannel, handsets, operator_kannel, operator, tmp_path):
    def keep(*names):
        until(lambda: len(server.captured) == len(names))
        import time; time.sleep(.5)
        assert len(server.captured) == len(names), server.captured
        for n,c in zip(names, sorted(server.captured, key=lambda c: b'status=8&' not in c.head)):
            (OUT/f'{n}.http').write_bytes(c.head+c.body)
            print(n, parse_mo(c.gateway_request) if '/mo' in c.path else parse_receipt(c.gateway_request))
        server.captured.clear()
    handsets.text("15556667777", "20880", "JOIN  two  spaces & plus+ %41"); keep('mo')
    handsets.text("MYBANK", "20880", "hello"); keep('mo_of_a_name')
    handsets.text("15556667777", "20880", ""); keep('mo_empty')
    handsets.unicode("15556667777", "20880", "Hi 😀👍"); keep('mo_emoji')
    handsets.bytes("15556667777", "20880", b"bad \xff\x00 nul"); keep('mo_8_bit')
    handsets.long("15556667777", "20880", "A" * 153 + "B" * 153 + "C" * 153); keep('mo_of_three_parts')
    handsets.long("15556667779", "20880", "A" * 153 + "B" * 153 + "C" * 153, only=(2,)); keep('mo_part_without_fellows')
    operator.deliver("15556667777", "20880", b'\x02\x00 \x1b\x65 gsm'); keep('mo_smpp')
    operator.deliver("15556667777", "20880", "café".encode('latin-1'), LATIN_1); keep('mo_smpp_latin_1')
    operator.deliver("15556667777", "20880", b"\x00h\xd8=", UCS2); keep('mo_smpp_half_emoji')
    operator.deliver("15556667777", "20880", b"\x00h\xd8", UCS2); keep('mo_smpp_half_character')
    k2 = Kannel(tmp_path, server.url, posting); k2.start(); h2 = Handsets(k2)
    h2.text("15556667777", "20880", "JOIN  two  spaces"); keep('mo_posted')
    h2.unicode("15556667777", "20880", "Hi 😀👍"); keep('mo_posted_emoji')
    h2.bytes("15556667777", "20880", b"bad \xff\x00 nul"); keep('mo_posted_8_bit')
    h2.long("15556667779", "20880", "A" * 153 + "B" * 153 + "C" * 153, only=(2,)); keep('mo_posted_part_without_fellows')
    h2.stop(); k2.stop()
    R=str(server.url).rstrip('/')+"/api/gateways/kannel/receipt?program=121811&id="
    T="&status=%d&number=%p&text=%A&time=%T&smsc=%i&smsc_id=%F"
    def mt(k, to, id, **kw):
        assert k.sendsms(from_='20880', to=to, text='hello', dlr_mask='31', dlr_url=R+id+T, **kw).status_code==202
    mt(kannel, '15556667777', 'm-1'); keep('receipt_accepted','receipt_delivered')
    mt(kannel, '+15556667777', 'm-2&each=1'); keep('receipt_each_accepted','receipt_each_delivered')
    for name,(stat,err,state) in dict(delivered=('DELIVRD','000',2),undelivered=('UNDELIV','027',None),expired=('EXPIRED','069',3),rejected=('REJECTD','011',8),buffered=('ACCEPTD','000',None)).items():
        operator.reports['15556667777']=report(stat,err,state)
        mt(operator_kannel, '15556667777', 'm-3'); keep('receipt_smpp_accepted','receipt_smpp_'+name)
    operator.refuses['15556667778']=0x0b
    mt(operator_kannel, '15556667778', 'm-4'); keep('receipt_smpp_refused')
