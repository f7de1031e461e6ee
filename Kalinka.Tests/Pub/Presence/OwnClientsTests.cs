using System.Text;
using Kalinka.Pub.Presence;

namespace Kalinka.Tests.Pub.Presence;

[TestFixture]
public sealed class OwnClientsTests
{
    [TestCase("site-b1-0")]
    [TestCase("site-b1-12")]
    [TestCase("site-b1-look-host-2")]
    [TestCase("kalinka-sub-host-2-b1")]
    [TestCase("site-host-2-b1", Description = "kalinka-sub with the same Mqtt:ClientId")]
    [TestCase("kalinka-sub-b1", Description = "in mode Partitioned")]
    [TestCase("site-b1")]
    [TestCase("site-check-4711")]
    [TestCase("kalinka-sub-check-4711")]
    public void Kalinkas_own(string client) => Assert.That(IsOwn(client), Is.True);

    [TestCase("site-b1-")]
    [TestCase("site-b1-0x")]
    [TestCase("site-b2-0")]
    [TestCase("other-b1-0")]
    [TestCase("kalinka-sub-b2")]
    [TestCase("site-check-x")]
    [TestCase("")]
    public void A_devices(string client) => Assert.That(IsOwn(client), Is.False);

    private static bool IsOwn(string client) => new OwnClients("site", "b1").Has(Encoding.UTF8.GetBytes(client));
}
