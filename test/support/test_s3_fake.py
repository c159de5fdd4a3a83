"""The stand-in for S3 knows what S3 knows."""

import datetime
import hashlib
import unittest
import urllib.error
import urllib.request

from carillon_test import s3_fake
from carillon_test.s3_fake import ACCESS_KEY, REGION, SECRET_KEY, S3Fake
from carillon_test.s3_signature import EMPTY, Refused, canonical_request, signature, verify

HOST = "examplebucket.s3.amazonaws.com"
KEY = "AKIAIOSFODNN7EXAMPLE"
SECRET = "wJalrXUtnFEMI/K7MDENG/bPxRfiCYEXAMPLEKEY"
DATE = "20130524T000000Z"


class PublishedTest(unittest.TestCase):
    """The examples of AWS's documentation, "Authenticating Requests: Using the Authorization Header"."""

    def check(self, method, target, wanted, payload=EMPTY, **headers):
        headers = {name.replace("_", "-"): value for name, value in headers.items()}
        headers.update({"host": HOST, "x-amz-content-sha256": payload, "x-amz-date": DATE})
        signed = sorted(headers)
        request = canonical_request(method, target, headers, signed, payload)
        self.assertEqual(signature(SECRET, DATE, ("20130524", "us-east-1", "s3"), request), wanted)
        headers["authorization"] = (
            f"AWS4-HMAC-SHA256 Credential={KEY}/20130524/us-east-1/s3/aws4_request, "
            f"SignedHeaders={';'.join(signed)}, Signature={wanted}"
        )
        verify(method, target, headers, {KEY: SECRET}, "us-east-1")
        for name, value, code in [("x-amz-date", "20130524T000001Z", "SignatureDoesNotMatch"),
                                  ("x-amz-content-sha256", "0" * 64, "SignatureDoesNotMatch"),
                                  ("x-amz-acl", "public-read", "AccessDenied"), ("authorization", "", "AccessDenied")]:
            with self.assertRaises(Refused) as refused:
                verify(method, target, {**headers, name: value}, {KEY: SECRET}, "us-east-1")
            self.assertEqual(refused.exception.code, code, name)

    def test_a_range_of_an_object(self):
        wanted = "f0e8bdb87c964420e857bd35b5d6ed310bd44f0170aba48dd91039c6036bdb41"
        self.check("GET", "/test.txt", wanted, range="bytes=0-9")

    def test_an_object_is_put(self):
        wanted = "98ad721746da40c64f1a55b78f14c238d841ea1380cd77a1b5971af0ece108bd"
        payload = hashlib.sha256(b"Welcome to Amazon S3.").hexdigest()
        self.check("PUT", "/test$file.text", wanted, payload, date="Fri, 24 May 2013 00:00:00 GMT",
                   x_amz_storage_class="REDUCED_REDUNDANCY")

    def test_a_query_without_a_value(self):
        self.check("GET", "/?lifecycle", "fea454ca298b7da1c68078a5d1bdbfbbe0d65c699e0f91ac7a200a0136783543")

    def test_a_query_in_any_order(self):
        wanted = "34b48302e7b5fa45bde8084f4b7868a86f0a534bc59db6670ed5711ef69dc6f7"
        self.check("GET", "/?prefix=J&max-keys=2", wanted)


class StrictTest(unittest.TestCase):
    def setUp(self):
        self.s3 = S3Fake(page=2)
        self.addCleanup(self.s3.close)

    def ask(self, method, target, body=b"", digest=None, ahead=0, **headers):
        """(status, body)."""
        payload = digest or hashlib.sha256(body).hexdigest()
        now = datetime.datetime.now(datetime.UTC) + datetime.timedelta(seconds=ahead)
        date = now.strftime("%Y%m%dT%H%M%SZ")
        headers = {name.replace("_", "-"): value for name, value in headers.items()}
        headers.update({"host": self.s3.url.removeprefix("http://"), "x-amz-content-sha256": payload, "x-amz-date": date})
        signed = sorted(headers)
        made = signature(SECRET_KEY, date, (date[:8], REGION, "s3"), canonical_request(method, target, headers, signed, payload))
        headers["Authorization"] = (
            f"AWS4-HMAC-SHA256 Credential={ACCESS_KEY}/{date[:8]}/{REGION}/s3/aws4_request, "
            f"SignedHeaders={';'.join(signed)}, Signature={made}"
        )
        request = urllib.request.Request(self.s3.url + target, data=body or None, headers=headers, method=method)
        try:
            with urllib.request.urlopen(request, timeout=30) as answer:
                return answer.status, answer.read()
        except urllib.error.HTTPError as error:
            with error:
                return error.code, error.read()

    def refused(self, code, *arguments, **more):
        _, body = self.ask(*arguments, **more)
        self.assertIn(f"<Code>{code}</Code>".encode(), body)

    def test_objects_their_ranges_and_conditions(self):
        self.assertEqual(self.ask("PUT", "/logs/a%20b/c", b"0123456789")[0], 200)
        self.assertEqual(self.ask("GET", "/logs/a%20b/c"), (200, b"0123456789"))
        self.assertEqual(self.ask("GET", "/logs/a%20b/c", range="bytes=3-5"), (206, b"345"))
        self.assertEqual(self.ask("GET", "/logs/a%20b/c", range="bytes=8-50"), (206, b"89"))
        self.refused("InvalidRange", "GET", "/logs/a%20b/c", range="bytes=10-12")
        self.refused("PreconditionFailed", "GET", "/logs/a%20b/c", if_match='"other"')
        self.refused("PreconditionFailed", "PUT", "/logs/a%20b/c", b"x", if_none_match="*")
        self.assertEqual(self.ask("DELETE", "/logs/a%20b/c")[0], 204)
        self.assertEqual(self.ask("DELETE", "/logs/a%20b/c")[0], 204)
        self.refused("NoSuchKey", "GET", "/logs/a%20b/c")
        self.refused("NoSuchBucket", "GET", "/other/c")

    def test_what_is_signed_must_be_true(self):
        self.refused("XAmzContentSHA256Mismatch", "PUT", "/logs/x", b"text", digest=EMPTY)
        self.refused("RequestTimeTooSkewed", "GET", "/logs/x", ahead=1000)
        self.s3.keys[ACCESS_KEY] = "another"
        self.refused("SignatureDoesNotMatch", "GET", "/logs/x")
        self.s3.keys.clear()
        self.refused("InvalidAccessKeyId", "GET", "/logs/x")
        self.assertEqual(self.s3.names(), [])

    def test_pages(self):
        for name in "abc":
            self.ask("PUT", f"/logs/p/{name}", b"x")
        _, first = self.ask("GET", "/logs?list-type=2&prefix=p%2F")
        self.assertEqual((first.count(b"<Key>"), b"<IsTruncated>true" in first), (2, True))
        _, second = self.ask("GET", "/logs?continuation-token=after%20p%2Fb&list-type=2&prefix=p%2F")
        self.assertEqual((second.count(b"<Key>"), b"<IsTruncated>false" in second), (1, True))

    def test_parts(self):
        _, begun = self.ask("POST", "/logs/x?uploads=")
        number = begun.partition(b"<UploadId>")[2].partition(b"<")[0].decode()
        at = "/logs/x?{}uploadId=" + s3_fake.urllib.parse.quote(number, safe="")
        bodies = [b"1" * s3_fake.LEAST_PART, b"2", b"3"]
        etags = [f'"{hashlib.md5(body).hexdigest()}"' for body in bodies]

        def complete(*numbers, etag=None):
            parts = "".join(f"<Part><PartNumber>{n}</PartNumber><ETag>{etag or etags[n - 1]}</ETag></Part>" for n in numbers)
            return "POST", at.format(""), f"<CompleteMultipartUpload>{parts}</CompleteMultipartUpload>".encode()

        for index, body in enumerate(bodies, 1):
            self.assertEqual(self.ask("PUT", at.format(f"partNumber={index}&"), body)[0], 200)
        self.refused("InvalidPart", *complete(1, etag='"0"'))
        self.refused("InvalidPartOrder", *complete(2, 1))
        self.refused("EntityTooSmall", *complete(1, 2, 3))
        self.refused("MalformedXML", "POST", at.format(""), b"<html>")
        self.assertEqual(self.s3.names(), [])
        self.assertEqual(self.ask(*complete(1, 3))[0], 200)
        self.assertEqual(self.s3.body("x"), bodies[0] + b"3")
        self.refused("NoSuchUpload", *complete(1, 3))


if __name__ == "__main__":
    unittest.main()
