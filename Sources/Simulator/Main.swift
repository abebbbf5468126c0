import ArgumentParser
import Histogram
@main struct Main { static func main() {} }
