using FsCheck;
using FsCheck.Fluent;

namespace Kalinka.Tests.Sub.Pipeline;

internal sealed class RandomHistoryTests
{
    [TestCase(1)]
    [TestCase(3)]
    public void Whatever_happens_every_record_ends_once_in_order_and_no_offset_passes_an_unsettled_one(int perClient)
    {
        var histories = ArbMap.Default.ArbFor<byte[]>();
        var property = Prop.ForAll(
            histories,
            steps =>
            {
                using var history = new RandomHistory(perClient);
                history.Play(steps);
                history.End();
            }
        );
        Check.One(Config.QuickThrowOnFailure.WithMaxTest(300).WithEndSize(600), property);
    }
}
