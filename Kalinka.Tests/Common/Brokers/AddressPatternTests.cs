using Kalinka.Common.Brokers;
using Kalinka.Common.Configuration;

namespace Kalinka.Tests.Common.Brokers;

internal sealed class AddressPatternTests
{
    [TestCase("b1.example.org", "mqtt://b1.example.org")]
    [TestCase("b1.example.org", "mqtts://B1.Example.ORG:99")]
    [TestCase("b1.example.org", "mqtt://b1.example.org.")]
    [TestCase("localhost", "mqtt://localhost:1")]
    [TestCase("b1.example.org:1883", "mqtt://b1.example.org")]
    [TestCase("*.example.org", "mqtt://a.b.example.org")]
    [TestCase("mqtts://*.example.org:8883", "mqtts://a.example.org")]
    [TestCase("10.0.0.0/8", "mqtt://10.255.0.1:1883")]
    [TestCase("10.0.0.0/8", "mqtt://[::ffff:10.1.2.3]")]
    [TestCase("10.0.0.0/8:1883", "mqtt://10.0.0.1")]
    [TestCase("0.0.0.0/0", "mqtt://192.0.2.1")]
    [TestCase("127.0.0.1", "mqtt://127.0.0.1:1883")]
    [TestCase("127.0.0.1", "mqtt://0x7f000001:1883")]
    [TestCase("fd00::1", "mqtt://[fd00:0::1]")]
    [TestCase("[fd00::1]:1883", "mqtt://[fd00::1]")]
    [TestCase("fd00::/8", "mqtts://[fdab::1]:7")]
    [TestCase("127.0.0.1:*", "mqtt://127.0.0.1:1884")]
    [TestCase("*.example.org:*", "mqtts://a.example.org:99")]
    [TestCase("[fd00::1]:*", "mqtt://[fd00::1]:7")]
    [TestCase("*", "mqtt://b1.example.org")]
    [TestCase("*", "mqtts://[fd00::1]:7")]
    [TestCase("*:*", "mqtt://10.0.0.1:7")]
    [TestCase("*.", "mqtt://b1.")]
    [TestCase("*:1883", "mqtt://b1")]
    [TestCase("mqtts://*", "mqtts://b1.example.org")]
    public void An_address_is_allowed(string pattern, string address) =>
        Assert.That(Matches(pattern, address), Is.True);

    [TestCase("b1.example.org", "mqtt://b2.example.org")]
    [TestCase("b1.example.org", "mqtt://xb1.example.org")]
    [TestCase("b1.example.org:1883", "mqtts://b1.example.org")]
    [TestCase("*.example.org", "mqtt://example.org")]
    [TestCase("*.example.org", "mqtt://evilexample.org")]
    [TestCase("*.example.org", "mqtt://a.example.org.evil.com")]
    [TestCase("mqtts://*.example.org", "mqtt://a.example.org")]
    [TestCase("mqtt://10.0.0.0/8", "mqtts://10.0.0.1")]
    [TestCase("10.0.0.0/8", "mqtt://11.0.0.1")]
    [TestCase("10.0.0.0/8", "mqtt://10.0.0.1.nip.io")]
    [TestCase("10.0.0.0/8:1883", "mqtt://10.0.0.1:1884")]
    [TestCase("0.0.0.0/0", "mqtt://b1.example.org")]
    [TestCase("127.0.0.1", "mqtt://localhost")]
    [TestCase("localhost", "mqtt://127.0.0.1")]
    [TestCase("fd00::1", "mqtt://[fd00::2]")]
    [TestCase("127.0.0.1:*", "mqtt://127.0.0.2")]
    [TestCase("*:1883", "mqtt://b1:1884")]
    [TestCase("mqtts://*", "mqtt://b1.example.org")]
    public void An_address_is_not_allowed(string pattern, string address) =>
        Assert.That(Matches(pattern, address), Is.False);

    [TestCase("", "is no pattern")]
    [TestCase("**", "is no pattern")]
    [TestCase("b1:**", "is no pattern")]
    [TestCase("fd00::*", "is no pattern")]
    [TestCase("b*.example.org", "is no pattern")]
    [TestCase("a.*.org", "is no pattern")]
    [TestCase("http://b1", "is no pattern")]
    [TestCase("b1:0", "is no pattern")]
    [TestCase("b1:65536", "is no pattern")]
    [TestCase("b1:", "is no pattern")]
    [TestCase("10.0.0.0/33", "is no pattern")]
    [TestCase("user@b1", "is no pattern")]
    [TestCase("b1/x", "is no pattern")]
    public void What_is_no_pattern_is_told(string text, string problem)
    {
        Assert.That(AddressPattern.TryParse(text, out _, out var told), Is.False);
        Assert.That(told, Does.Contain(problem));
    }

    private static bool Matches(string text, string address)
    {
        Assert.That(AddressPattern.TryParse(text, out var pattern, out var problem), Is.True, problem);
        var (host, port, tls) = BrokerAddress.Parse(address, out problem) ?? throw new AssertionException(problem);
        return pattern!.Matches(host, port, tls);
    }
}
